import type { CallbackVerifier } from '@videoapi/provider-kit';
import { dreamMachineCallback } from './dream-machine/callback.js';
import { falCallback } from './fal/callback.js';
import { geminiOmniCallback } from './gemini-omni/callback.js';
import { klingCallback } from './kling/callback.js';
import { seedanceCallback } from './seedance/callback.js';
import { simulatorCallback } from './simulator/callback.js';
import { viduCallback } from './vidu/callback.js';

export type { CallbackHint, CallbackVerifier, RawCallback, Trust } from '@videoapi/provider-kit';

/** Every provider that calls back, without its adapter. */
export const callbackVerifiers: Readonly<Record<string, CallbackVerifier>> = {
  'dream-machine': dreamMachineCallback,
  fal: falCallback,
  'gemini-omni': geminiOmniCallback,
  kling: klingCallback,
  seedance: seedanceCallback,
  simulator: simulatorCallback,
  vidu: viduCallback,
};
