import { connect, type NatsConnection } from '@nats-io/transport-node';
import { grantCredits, placeHold } from '@videoapi/contracts';
import { percentile } from './open-loop.js';

export interface WalletRun {
  readonly inFlight: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

/** Holds on one wallet, each its own rpc, `inFlight` of them at once for `seconds`. */
export async function hotWallet(natsUrl: string, inFlight: number, seconds: number): Promise<WalletRun> {
  const nats = await connect({ servers: natsUrl });
  const accountId = `bench-hot-${process.hrtime.bigint()}`;
  await ask(nats, grantCredits.subject, { key: accountId, accountId, amount: '1000000000' });
  const latencies: number[] = [];
  const endsAt = performance.now() + seconds * 1000;
  let serial = 0;
  const worker = async () => {
    while (performance.now() < endsAt) {
      const sentAt = performance.now();
      const taskId = `vidgen_${Date.now()}_${(serial++).toString(16).padStart(8, '0')}`;
      const hold = {
        taskId,
        accountId,
        model: 'bench-video',
        params: { resolution: '240p', durationMs: 1000, audio: false },
      };
      const { verdicts } = await ask<{ verdicts: { verdict: string }[] }>(nats, placeHold.subject, { holds: [hold] });
      if (verdicts[0]?.verdict !== 'placed') throw new Error(JSON.stringify(verdicts));
      latencies.push(performance.now() - sentAt);
    }
  };
  const traced = Error.stackTraceLimit;
  Error.stackTraceLimit = 0; // the client makes an Error per request, and its stack was a quarter of the generator's work
  await Promise.all(Array.from({ length: inFlight }, worker));
  Error.stackTraceLimit = traced;
  await nats.close();
  return {
    inFlight,
    perSecond: latencies.length / seconds,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  };
}

/** Nest's envelope around the request; the answer is `{ response: { ok } | { error } }`. */
async function ask<Answer>(nats: NatsConnection, subject: string, data: unknown): Promise<Answer> {
  const reply = await nats.request(subject, JSON.stringify({ pattern: subject, data, id: '1' }), { timeout: 30_000 });
  const { response } = reply.json<{ response: { ok?: Answer; error?: unknown } }>();
  if (response.ok === undefined) throw new Error(JSON.stringify(response.error));
  return response.ok;
}
