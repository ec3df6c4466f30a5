import type { CallbackVerifier } from '@videoapi/provider-kit';
import { aistudiosCallback } from './aistudios/callback.js';
import { dreamMachineCallback } from './dream-machine/callback.js';
import { falCallback } from './fal/callback.js';
import { geminiOmniCallback } from './gemini-omni/callback.js';
import { hailuoCallback } from './hailuo/callback.js';
import { klingCallback } from './kling/callback.js';
import { replicateCallback } from './replicate/callback.js';
import { seedanceCallback } from './seedance/callback.js';
import { simulatorCallback } from './simulator/callback.js';
import { viduCallback } from './vidu/callback.js';

export type { CallbackHint, CallbackVerifier, RawCallback, Trust } from '@videoapi/provider-kit';

/** Every provider that calls back, without its adapter. */
export const callbackVerifiers: Readonly<Record<string, CallbackVerifier>> = {
  aistudios: aistudiosCallback,
  'dream-machine': dreamMachineCallback,
  fal: falCallback,
  'gemini-omni': geminiOmniCallback,
  hailuo: hailuoCallback,
  kling: klingCallback,
  replicate: replicateCallback,
  seedance: seedanceCallback,
  simulator: simulatorCallback,
  vidu: viduCallback,
};
