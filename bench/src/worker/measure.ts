import { randomUUID } from 'node:crypto';
import { type ChannelTarget } from '@videoapi/contracts';
import { startNats } from '@videoapi/testing';
import { openLoop, percentile, type Rung } from '../open-loop.js';
import { watched } from '../processes.js';
import { Neighbours } from './neighbours.js';
import { startWorker } from './process.js';
import { openUpstream, type Passage } from './upstream.js';

export interface WorkerRun extends Rung {
  /**
   * What the platform adds to one call, milliseconds: from the order's publication to the call's arrival at the provider,
   * and from the provider's answer to the report. Two JetStream commits are in it, and a permit for every submit.
   */
  readonly added50: number;
  readonly added99: number;
  /** Cores that the worker used. */
  readonly cores: number;
}

export interface WorkerResults {
  readonly alone: WorkerRun;
  /** The same while another provider of the same process answers nothing. */
  readonly besideHanging: WorkerRun & { readonly hangingCalls: number };
}

export interface WorkerLoad {
  /** Upstream calls a second, half of them submits and half of them polls. */
  readonly rate: number;
  readonly seconds: number;
  /** How long the provider takes to answer. Milliseconds. */
  readonly thinkMs: number;
  /** Orders a second to the provider that hangs. */
  readonly hangingRate: number;
}

/** One built worker on one core, between a stand-in orchestrator and a stand-in provider. */
export async function measureWorker(load: WorkerLoad): Promise<WorkerResults> {
  const passages = new Map<string, Passage>();
  const nats = await startNats();
  const upstream = await openUpstream(passages, load.thinkMs);
  const worker = await startWorker(nats.url, ['simulator', 'seedance']);
  const neighbours = await Neighbours.open(nats.url);
  const channelOf = (provider: string, path: string): ChannelTarget => ({
    id: `bench-${provider}`,
    provider,
    baseUrl: `${upstream.url}${path}`,
    credentials: { apiKey: 'env:BENCH_KEY' },
    options: {},
  });
  const run = async (seconds: number): Promise<WorkerRun> => {
    const added: number[] = [];
    const call = callOnce(neighbours, channelOf('simulator', ''), passages, added);
    const measured = await watched({ worker: worker.pid }, () => openLoop(load.rate, seconds, call));
    const { cores: used, machine: _, ...rung } = measured;
    const cores = used.find(([name]) => name === 'worker')?.[1] ?? Number.NaN;
    return { ...rung, added50: percentile(added, 0.5), added99: percentile(added, 0.99), cores };
  };
  try {
    await run(Math.min(5, load.seconds)); // code is compiled, connections are open
    const alone = await run(load.seconds);
    const stopHanging = hang(neighbours, channelOf('seedance', '/hanging'), load.hangingRate);
    await run(2);
    const before = upstream.hangingCalls;
    const besideHanging = await run(load.seconds);
    stopHanging();
    return { alone, besideHanging: { ...besideHanging, hangingCalls: upstream.hangingCalls - before } };
  } finally {
    await neighbours.close();
    upstream.close();
    await worker.stop();
    await nats.stop();
  }
}

/** A submit, then a poll, then a submit; each resolves with its report. */
function callOnce(
  neighbours: Neighbours,
  channel: ChannelTarget,
  passages: Map<string, Passage>,
  added: number[],
): () => Promise<boolean> {
  let count = 0;
  return async () => {
    const attemptId = randomUUID();
    const passage = { orderedAt: performance.now(), arrivedAt: Number.NaN, answeredAt: Number.NaN };
    passages.set(attemptId, passage);
    count += 1;
    await (count % 2 === 0 ? neighbours.poll(channel, attemptId) : neighbours.submit(channel, attemptId));
    passages.delete(attemptId);
    const ms = passage.arrivedAt - passage.orderedAt + (performance.now() - passage.answeredAt);
    if (!Number.isFinite(ms)) return false;
    added.push(ms);
    return true;
  };
}

/** Orders at a steady rate to a provider that never answers; nobody waits for the reports. */
function hang(neighbours: Neighbours, channel: ChannelTarget, rate: number): () => void {
  const send = (): void => void neighbours.submit(channel, randomUUID()).catch(() => undefined);
  const timer = setInterval(send, 1000 / rate);
  return () => clearInterval(timer);
}
