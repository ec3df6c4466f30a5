import { aiidWire } from './aiid/view.js';
import { aistudiosWire } from './aistudios/view.js';
import { arkWire } from './ark/view.js';
import { dashscopeWire } from './dashscope/view.js';
import { dreamMachineWire } from './dream-machine/view.js';
import { falWire } from './fal/view.js';
import { geminiWire } from './gemini/view.js';
import { hailuoWire } from './hailuo/view.js';
import { jimengWire } from './jimeng/view.js';
import { klingWire } from './kling/view.js';
import { lumaWire } from './luma/view.js';
import { openaiWire } from './openai/view.js';
import { pixverseWire } from './pixverse/view.js';
import { replicateWire } from './replicate/view.js';
import { runwayWire } from './runway/view.js';
import { simulatorWire } from './simulator/view.js';
import { vertexWire } from './vertex/view.js';
import { videoapiWire } from './videoapi/view.js';
import { viduWire } from './vidu/view.js';
import { xaiWire } from './xai/view.js';
import { yishangWire } from './yishang/view.js';
import { AiidController } from './aiid/aiid.controller.js';
import { AistudiosController } from './aistudios/aistudios.controller.js';
import { ArkController } from './ark/ark.controller.js';
import { DashscopeController } from './dashscope/dashscope.controller.js';
import { DreamMachineController } from './dream-machine/dream-machine.controller.js';
import { FalController } from './fal/fal.controller.js';
import { GeminiController } from './gemini/gemini.controller.js';
import { HailuoController } from './hailuo/hailuo.controller.js';
import { JimengController } from './jimeng/jimeng.controller.js';
import { KlingController } from './kling/kling.controller.js';
import { KlingLegacyController } from './kling/legacy.controller.js';
import { LumaController } from './luma/luma.controller.js';
import { OpenaiController } from './openai/openai.controller.js';
import { PixverseController } from './pixverse/pixverse.controller.js';
import { ReplicateController } from './replicate/replicate.controller.js';
import { RunwayController } from './runway/runway.controller.js';
import { SimulatorController } from './simulator/simulator.controller.js';
import { VertexController } from './vertex/vertex.controller.js';
import { VideoapiController } from './videoapi/videoapi.controller.js';
import { ViduController } from './vidu/vidu.controller.js';
import { XaiController } from './xai/xai.controller.js';
import { YishangController } from './yishang/yishang.controller.js';
import { type Wire } from './wire.js';

/** Every wire format, by the first segment of its paths. A new provider is a folder beside these and a line in both lists. */
export const wires: Readonly<Record<string, Wire>> = Object.fromEntries(
  [
    simulatorWire,
    openaiWire,
    aiidWire,
    aistudiosWire,
    arkWire,
    dashscopeWire,
    dreamMachineWire,
    falWire,
    geminiWire,
    hailuoWire,
    jimengWire,
    klingWire,
    lumaWire,
    pixverseWire,
    replicateWire,
    runwayWire,
    vertexWire,
    videoapiWire,
    viduWire,
    xaiWire,
    yishangWire,
  ].map((wire) => [wire.name, wire]),
);

export const wireControllers = [
  SimulatorController,
  OpenaiController,
  AiidController,
  AistudiosController,
  ArkController,
  DashscopeController,
  DreamMachineController,
  FalController,
  GeminiController,
  KlingController,
  KlingLegacyController,
  LumaController,
  PixverseController,
  ReplicateController,
  RunwayController,
  VertexController,
  VideoapiController,
  HailuoController,
  JimengController,
  ViduController,
  XaiController,
  YishangController,
];
