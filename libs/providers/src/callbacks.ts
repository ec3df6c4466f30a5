import type { CallbackVerifier } from '@videoapi/provider-kit';
import { klingCallback } from './kling/callback.js';
import { seedanceCallback } from './seedance/callback.js';
import { simulatorCallback } from './simulator/callback.js';

export type { CallbackHint, CallbackVerifier, RawCallback, Trust } from '@videoapi/provider-kit';

/** Every provider that calls back, without its adapter. */
export const callbackVerifiers: Readonly<Record<string, CallbackVerifier>> = {
  kling: klingCallback,
  seedance: seedanceCallback,
  simulator: simulatorCallback,
};
