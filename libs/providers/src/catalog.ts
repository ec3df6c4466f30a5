import type { AdapterCapabilities } from '@videoapi/provider-kit';
import { aistudiosCapabilities } from './aistudios/capabilities.js';
import { dashscopeCapabilities } from './dashscope/capabilities.js';
import { dreamMachineCapabilities } from './dream-machine/capabilities.js';
import { falCapabilities } from './fal/capabilities.js';
import { geminiOmniCapabilities } from './gemini-omni/capabilities.js';
import { googleVeoCapabilities } from './google-veo/capabilities.js';
import { hailuoCapabilities } from './hailuo/capabilities.js';
import { jimengCapabilities } from './jimeng/capabilities.js';
import { klingCapabilities } from './kling/capabilities.js';
import { lumaCapabilities } from './luma/capabilities.js';
import { openaiCompatibleCapabilities } from './openai-compatible/capabilities.js';
import { pixverseCapabilities } from './pixverse/capabilities.js';
import { replicateCapabilities } from './replicate/capabilities.js';
import { runwayCapabilities } from './runway/capabilities.js';
import { seedanceCapabilities } from './seedance/capabilities.js';
import { simulatorCapabilities } from './simulator/capabilities.js';
import { videoapiCapabilities } from './videoapi/capabilities.js';
import { viduCapabilities } from './vidu/capabilities.js';
import { xaiCapabilities } from './xai/capabilities.js';
import { yishangCapabilities } from './yishang/capabilities.js';

export type { AdapterCapabilities } from '@videoapi/provider-kit';

/** Every provider there is, without its adapter. */
export const adapterCatalog: Readonly<Record<string, AdapterCapabilities>> = {
  aistudios: aistudiosCapabilities,
  dashscope: dashscopeCapabilities,
  'dream-machine': dreamMachineCapabilities,
  fal: falCapabilities,
  'gemini-omni': geminiOmniCapabilities,
  'google-veo': googleVeoCapabilities,
  hailuo: hailuoCapabilities,
  jimeng: jimengCapabilities,
  kling: klingCapabilities,
  luma: lumaCapabilities,
  'openai-compatible': openaiCompatibleCapabilities,
  pixverse: pixverseCapabilities,
  replicate: replicateCapabilities,
  runway: runwayCapabilities,
  seedance: seedanceCapabilities,
  simulator: simulatorCapabilities,
  videoapi: videoapiCapabilities,
  vidu: viduCapabilities,
  xai: xaiCapabilities,
  yishang: yishangCapabilities,
};
