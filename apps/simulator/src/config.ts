import { port } from '@videoapi/chassis';
import { z } from 'zod';
import { parseDirectives } from './script/parse.js';

const directives = z.string().transform((list, context) => {
  const { script, problem } = parseDirectives(list);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  return script;
});

/** The environment of the simulator, besides what every service reads. All of it has a default: it is a test double. */
export const simulatorEnv = {
  PORT: port.default(8083),
  /** A container sets 0.0.0.0; a developer's machine does not lend its ffmpeg to the network. */
  HOST: z.string().default('127.0.0.1'),
  /** Only this bearer key is accepted; absent: any. */
  SIMULATOR_API_KEY: z.string().min(1).optional(),
  /** What callbacks are signed with; absent: the caller's own API key. */
  SIMULATOR_CALLBACK_SECRET: z.string().min(1).optional(),
  /** Host names and CIDRs that callbacks may go to besides loopback, comma separated. */
  SIMULATOR_CALLBACK_ALLOW: z.string().default(''),
  /** Opens the control API to others than this machine. */
  SIMULATOR_CONTROL_TOKEN: z.string().min(16).optional(),
  /** First part of links to results; absent: the address under which the caller reached us. */
  PUBLIC_URL: z.url().optional(),
  /** How long a render runs and waits when its script does not say. Milliseconds. */
  SIMULATED_LATENCY_MS: z.coerce.number().int().min(0).max(3_600_000).default(300),
  SIMULATED_QUEUE_MS: z.coerce.number().int().min(0).max(3_600_000).default(50),
  /** Directives for every render, e.g. `429=1, slow=2000`. */
  SIMULATOR_SCRIPT: directives.default({}),
  /** Append-only file of accepted renders, read again at start. */
  SIMULATOR_STATE_FILE: z.string().optional(),
  /** Rendered files; absent: a new temporary directory, removed at the end. */
  SIMULATOR_CACHE_DIR: z.string().optional(),
  SIMULATOR_CACHE_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(512 * 1024 * 1024),
  /** Memory for accepted renders; the longest unused are forgotten first. */
  SIMULATOR_RENDER_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(256 * 1024 * 1024),
  SIMULATOR_FFMPEG: z.string().default('ffmpeg'),
  SIMULATOR_FONT: z.string().optional(),
  SIMULATOR_FFMPEG_WORKERS: z.coerce.number().int().min(1).max(64).default(2),
  SIMULATOR_FFMPEG_QUEUE: z.coerce.number().int().min(0).max(100_000).default(500),
};

export type SimulatorConfig = z.output<z.ZodObject<typeof simulatorEnv>>;
