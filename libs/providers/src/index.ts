import { type Adapter } from '@videoapi/provider-kit';
import { dreamMachine } from './dream-machine/adapter.js';
import { fal } from './fal/adapter.js';
import { geminiOmni } from './gemini-omni/adapter.js';
import { googleVeo } from './google-veo/adapter.js';
import { kling } from './kling/adapter.js';
import { luma } from './luma/adapter.js';
import { openaiCompatible } from './openai-compatible/adapter.js';
import { runway } from './runway/adapter.js';
import { seedance } from './seedance/adapter.js';
import { simulator } from './simulator/adapter.js';
import { vidu } from './vidu/adapter.js';
import { xai } from './xai/adapter.js';

/** Every provider there is. */
export const adapters: Readonly<Record<string, Adapter>> = {
  'dream-machine': dreamMachine,
  fal,
  'gemini-omni': geminiOmni,
  'google-veo': googleVeo,
  kling,
  luma,
  'openai-compatible': openaiCompatible,
  runway,
  seedance,
  simulator,
  vidu,
  xai,
};
