import { type Adapter } from '@videoapi/provider-kit';
import { googleVeo } from './google-veo/adapter.js';
import { kling } from './kling/adapter.js';
import { openaiCompatible } from './openai-compatible/adapter.js';
import { seedance } from './seedance/adapter.js';
import { simulator } from './simulator/adapter.js';

/** Every provider there is. */
export const adapters: Readonly<Record<string, Adapter>> = {
  'google-veo': googleVeo,
  kling,
  'openai-compatible': openaiCompatible,
  seedance,
  simulator,
};
