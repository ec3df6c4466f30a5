import { type Adapter } from '@videoapi/provider-kit';
import { aistudios } from './aistudios/adapter.js';
import { dashscope } from './dashscope/adapter.js';
import { dreamMachine } from './dream-machine/adapter.js';
import { fal } from './fal/adapter.js';
import { geminiOmni } from './gemini-omni/adapter.js';
import { googleVeo } from './google-veo/adapter.js';
import { hailuo } from './hailuo/adapter.js';
import { jimeng } from './jimeng/adapter.js';
import { kling } from './kling/adapter.js';
import { luma } from './luma/adapter.js';
import { openaiCompatible } from './openai-compatible/adapter.js';
import { pixverse } from './pixverse/adapter.js';
import { replicate } from './replicate/adapter.js';
import { runway } from './runway/adapter.js';
import { seedance } from './seedance/adapter.js';
import { simulator } from './simulator/adapter.js';
import { videoapi } from './videoapi/adapter.js';
import { vidu } from './vidu/adapter.js';
import { xai } from './xai/adapter.js';
import { yishang } from './yishang/adapter.js';

/** Every provider there is. */
export const adapters: Readonly<Record<string, Adapter>> = {
  aistudios,
  dashscope,
  'dream-machine': dreamMachine,
  fal,
  'gemini-omni': geminiOmni,
  'google-veo': googleVeo,
  hailuo,
  jimeng,
  kling,
  luma,
  'openai-compatible': openaiCompatible,
  pixverse,
  replicate,
  runway,
  seedance,
  simulator,
  videoapi,
  vidu,
  xai,
  yishang,
};
