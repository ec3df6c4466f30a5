import { All, Controller, NotFoundException, Req, Res } from '@nestjs/common';
import { Log, Metrics } from '@videoapi/chassis';
import { AppError, upstreamId } from '@videoapi/contracts';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { newUuid } from '../id.js';
import { Settings } from '../settings.js';
import { digestOf, type InboundCallback } from './callback.js';
import { CallbackIntake } from './callback-intake.js';
import { CallbackLimit } from './callback-limit.js';
import { type Caller, callbackPath, Doorkeeper } from './doorkeeper.js';
import { type RawCallback } from './verifier.js';

type CallbackRequest = FastifyRequest<{ Params: { provider: string; token: string } }>;

/**
 * Where providers call back. Stored first, answered after; what a callback claims is never believed, it only makes the
 * orchestrator look at the task now.
 */
@Controller()
export class CallbackController {
  private readonly limit = new CallbackLimit();
  private readonly received;

  constructor(
    private readonly doorkeeper: Doorkeeper,
    private readonly settings: Settings,
    private readonly intake: CallbackIntake,
    private readonly log: Log,
    metrics: Metrics,
  ) {
    this.received = metrics.counter({
      name: 'callbacks_total',
      help: 'Callbacks from providers, by what became of them',
      labelNames: ['provider', 'outcome'],
    });
  }

  @All(callbackPath)
  async receive(@Req() request: CallbackRequest, @Res() reply: FastifyReply): Promise<void> {
    const caller = this.doorkeeper.callerOf(request.params);
    if (caller === undefined) throw new NotFoundException();
    const { provider, attemptId } = caller;
    if (!this.limit.admits(attemptId, performance.now())) {
      this.received.inc({ provider, outcome: 'limited' });
      await reply.status(429).header('retry-after', '60').send({ error: 'too_many' });
      return;
    }
    const callback = this.judge(request, caller);
    const challenge = callback.trust === 'forged' ? undefined : caller.verifier.challenge?.(callback.raw);
    if (challenge !== undefined) {
      // It says nothing about the task: nothing to store, nobody to wake.
      this.received.inc({ provider, outcome: 'challenge' });
      this.log.info({ event: 'callback_challenge', provider, attemptId });
      await reply.status(200).send(challenge);
      return;
    }
    try {
      await this.intake.store(callback);
    } catch (error) {
      const failure = AppError.from(error);
      this.received.inc({ provider, outcome: 'not_stored' });
      this.log.warn({ event: 'callback_not_stored', provider, attemptId, code: failure.code, err: error });
      await reply.status(503).header('retry-after', '5').send({ error: 'unavailable' });
      return;
    }
    this.received.inc({ provider, outcome: callback.trust });
    if (callback.trust === 'forged') {
      this.log.warn({ event: 'callback_forged', provider, attemptId, callbackId: callback.id, ip: callback.sourceIp });
      await reply.status(401).send({ error: 'bad_signature' });
      return;
    }
    await reply.status(200).send({ received: true });
  }

  private judge(request: CallbackRequest, { provider, attemptId, verifier }: Caller): InboundCallback {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const raw = rawOf(request, body);
    const receivedAt = new Date();
    return {
      id: newUuid(receivedAt.getTime()),
      provider,
      attemptId,
      raw,
      body,
      digest: digestOf(raw.query, body),
      sourceIp: request.ip,
      trust: verifier.verify(raw, this.settings.callbackSecrets[provider] ?? [], receivedAt.getTime()),
      upstreamId: upstreamId.safeParse(verifier.parse(raw).upstreamId).data,
      receivedAt,
    };
  }
}

function rawOf({ method, url, headers }: CallbackRequest, body: Buffer): RawCallback {
  const split = url.indexOf('?');
  const flat = Object.entries(headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : (value ?? ''),
  ]);
  return {
    method,
    path: split === -1 ? url : url.slice(0, split),
    query: split === -1 ? '' : url.slice(split + 1),
    headers: Object.fromEntries(flat),
    body: body.toString('utf8'),
  };
}
