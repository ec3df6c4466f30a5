import type { AdapterCapabilities } from '@videoapi/provider-kit';
import { dashscopeCapabilities } from './dashscope/capabilities.js';
import { geminiOmniCapabilities } from './gemini-omni/capabilities.js';
import { hailuoCapabilities } from './hailuo/capabilities.js';
import { jimengCapabilities } from './jimeng/capabilities.js';
import { openaiCompatibleCapabilities } from './openai-compatible/capabilities.js';
import { seedanceCapabilities } from './seedance/capabilities.js';
import { simulatorCapabilities } from './simulator/capabilities.js';
import { viduCapabilities } from './vidu/capabilities.js';
import { xaiCapabilities } from './xai/capabilities.js';

export type { AdapterCapabilities } from '@videoapi/provider-kit';

/** Every provider there is, without its adapter. */
export const adapterCatalog: Readonly<Record<string, AdapterCapabilities>> = {
  dashscope: dashscopeCapabilities,
  'gemini-omni': geminiOmniCapabilities,
  hailuo: hailuoCapabilities,
  jimeng: jimengCapabilities,
  'openai-compatible': openaiCompatibleCapabilities,
  seedance: seedanceCapabilities,
  simulator: simulatorCapabilities,
  vidu: viduCapabilities,
  xai: xaiCapabilities,
};
