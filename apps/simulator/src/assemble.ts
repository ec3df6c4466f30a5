import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Log } from '@videoapi/chassis';
import { AppError } from '@videoapi/contracts';
import { Callbacks } from './callback/callbacks.js';
import { CallbackClient } from './callback/client.js';
import { CallbackTargets } from './callback/targets.js';
import { type SimulatorConfig } from './config.js';
import { Counters } from './control/counters.js';
import { systemClock } from './engine/clock.js';
import { Engine } from './engine/engine.js';
import { Journal } from './engine/journal.js';
import { Renders } from './engine/renders.js';
import { Downloads } from './files/downloads.js';
import { Accounts } from './http/accounts.js';
import { HeldReplies } from './http/held-replies.js';
import { Origins } from './http/origins.js';
import { Ffmpeg, findFont } from './render/ffmpeg.js';
import { Films } from './render/films.js';
import { Rules } from './script/rules.js';
import { Upstream } from './upstream.js';
import { wires } from './wire/registry.js';

/** A film of the largest size takes seconds; a child that takes longer hangs. */
const ffmpegTimeoutMs = 120_000;
/** Callers give up sooner; this only bounds what a forgotten one can hold. */
const heldReplies = { holdMs: 120_000, maxHeld: 2_000 };
/** How long providers keep a task readable. */
const journalKeepMs = 7 * 24 * 60 * 60 * 1000;

export type Parts = Awaited<ReturnType<typeof assemble>>;

/** Everything that has state, put together. Throws AppError when there is no font to write prompts with. */
export async function assemble(config: SimulatorConfig, log: Pick<Log, 'warn'>) {
  const font = config.SIMULATOR_FONT ?? findFont();
  if (font === undefined)
    throw new AppError('unavailable', 'No font found: install DejaVu Sans or set SIMULATOR_FONT.');
  const directory = config.SIMULATOR_CACHE_DIR ?? (await mkdtemp(join(tmpdir(), 'videoapi-simulator-')));
  const ffmpeg = new Ffmpeg({
    binary: config.SIMULATOR_FFMPEG,
    workers: config.SIMULATOR_FFMPEG_WORKERS,
    maxQueued: config.SIMULATOR_FFMPEG_QUEUE,
    timeoutMs: ffmpegTimeoutMs,
  });
  const films = new Films(ffmpeg, { directory, maxBytes: config.SIMULATOR_CACHE_BYTES, font });
  await films.open();

  const clock = systemClock;
  const stored = config.SIMULATOR_STATE_FILE
    ? await Journal.open(config.SIMULATOR_STATE_FILE, clock.now(), journalKeepMs)
    : undefined;
  const renders = new Renders(config.SIMULATOR_RENDER_BYTES);
  const engine = new Engine(clock, renders, films, stored?.journal);

  const counters = new Counters();
  const rules = new Rules();
  const accounts = new Accounts(config.SIMULATOR_API_KEY, config.SIMULATOR_CALLBACK_SECRET);
  const client = new CallbackClient(new CallbackTargets(config.SIMULATOR_CALLBACK_ALLOW));
  const callbacks = new Callbacks(clock, client, wires, accounts, counters);
  engine.announce = (render, state) => callbacks.announce(render, state);
  engine.broken = ({ id, order }, err) =>
    log.warn({ event: 'render_failed', renderId: id, provider: order.provider, err });
  engine.resume(stored?.remembered ?? []);

  const pace = { slow: config.SIMULATED_LATENCY_MS, queue: config.SIMULATED_QUEUE_MS };
  const scripting = { defaults: { ...pace, ...config.SIMULATOR_SCRIPT }, rules, counters };
  const held = new HeldReplies(heldReplies);
  return {
    ffmpeg,
    renders,
    engine,
    counters,
    rules,
    accounts,
    held,
    origins: new Origins(config.PUBLIC_URL),
    downloads: new Downloads(clock, engine, films, counters),
    upstream: new Upstream(clock, engine, renders, callbacks, scripting),
    close: async () => {
      engine.stop();
      ffmpeg.stop();
      client.close();
      await stored?.journal.close();
      if (config.SIMULATOR_CACHE_DIR === undefined) await rm(directory, { recursive: true, force: true });
    },
  };
}
