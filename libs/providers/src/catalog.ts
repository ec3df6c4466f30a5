import type { AdapterCapabilities } from '@videoapi/provider-kit';
import { dreamMachineCapabilities } from './dream-machine/capabilities.js';
import { falCapabilities } from './fal/capabilities.js';
import { geminiOmniCapabilities } from './gemini-omni/capabilities.js';
import { googleVeoCapabilities } from './google-veo/capabilities.js';
import { klingCapabilities } from './kling/capabilities.js';
import { lumaCapabilities } from './luma/capabilities.js';
import { openaiCompatibleCapabilities } from './openai-compatible/capabilities.js';
import { runwayCapabilities } from './runway/capabilities.js';
import { seedanceCapabilities } from './seedance/capabilities.js';
import { simulatorCapabilities } from './simulator/capabilities.js';
import { viduCapabilities } from './vidu/capabilities.js';
import { xaiCapabilities } from './xai/capabilities.js';

export type { AdapterCapabilities } from '@videoapi/provider-kit';

/** Every provider there is, without its adapter. */
export const adapterCatalog: Readonly<Record<string, AdapterCapabilities>> = {
  'dream-machine': dreamMachineCapabilities,
  fal: falCapabilities,
  'gemini-omni': geminiOmniCapabilities,
  'google-veo': googleVeoCapabilities,
  kling: klingCapabilities,
  luma: lumaCapabilities,
  'openai-compatible': openaiCompatibleCapabilities,
  runway: runwayCapabilities,
  seedance: seedanceCapabilities,
  simulator: simulatorCapabilities,
  vidu: viduCapabilities,
  xai: xaiCapabilities,
};
