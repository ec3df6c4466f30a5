import { aiidWire } from './aiid/view.js';
import { arkWire } from './ark/view.js';
import { dashscopeWire } from './dashscope/view.js';
import { hailuoWire } from './hailuo/view.js';
import { jimengWire } from './jimeng/view.js';
import { openaiWire } from './openai/view.js';
import { simulatorWire } from './simulator/view.js';
import { AiidController } from './aiid/aiid.controller.js';
import { ArkController } from './ark/ark.controller.js';
import { DashscopeController } from './dashscope/dashscope.controller.js';
import { HailuoController } from './hailuo/hailuo.controller.js';
import { JimengController } from './jimeng/jimeng.controller.js';
import { OpenaiController } from './openai/openai.controller.js';
import { SimulatorController } from './simulator/simulator.controller.js';
import { type Wire } from './wire.js';

/** Every wire format, by the first segment of its paths. A new provider is a folder beside these and a line in both lists. */
export const wires: Readonly<Record<string, Wire>> = Object.fromEntries(
  [simulatorWire, openaiWire, aiidWire, arkWire, dashscopeWire, hailuoWire, jimengWire].map((wire) => [
    wire.name,
    wire,
  ]),
);

export const wireControllers = [
  SimulatorController,
  OpenaiController,
  AiidController,
  ArkController,
  DashscopeController,
  HailuoController,
  JimengController,
];
