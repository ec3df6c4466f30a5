import { randomUUID } from 'node:crypto';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { AppError } from '@videoapi/contracts';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type Counters } from '../control/counters.js';
import { type Wire } from '../wire/wire.js';
import { garbage } from './garbage.js';
import { type HeldReplies } from './held-replies.js';
import { plain } from './plain.js';
import { BrokenReply, Refusal } from './refusal.js';

/** Turns whatever a handler throws into what the provider of that path would answer, or into the scripted breakage. */
@Catch()
export class FaultFilter implements ExceptionFilter {
  private broken = 0;

  constructor(
    private readonly wires: Readonly<Record<string, Wire>>,
    private readonly held: HeldReplies,
    private readonly counters: Counters,
    private readonly report: (error: unknown) => void,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const wire = this.wires[request.url.split('/', 2)[1] ?? ''];
    if (error instanceof BrokenReply) return this.break(error.how, reply, wire);
    const refusal = this.refusalOf(error);
    const requestId = randomUUID();
    const { status, headers = {}, body } = wire?.refuse(refusal, requestId, request.url) ?? plain(refusal);
    void reply
      .status(status)
      .headers({ 'x-request-id': requestId, ...headers })
      .send(body);
  }

  private break(how: BrokenReply['how'], reply: FastifyReply, wire: Wire | undefined): void {
    this.counters.add(wire?.name ?? 'files', `broken_${how}`);
    if (how === 'never') return this.held.hold(reply);
    if (how === 'reset') {
      reply.hijack();
      reply.raw.destroy();
      return;
    }
    const { contentType, body } = garbage(this.broken++);
    void reply.status(200).type(contentType).send(body);
  }

  private refusalOf(error: unknown): Refusal {
    if (error instanceof Refusal) return error;
    if (error instanceof AppError && error.code === 'overloaded') return new Refusal('overloaded', error.message);
    const status = statusOf(error);
    if (status === 404) return new Refusal('not_found', 'There is no such path.');
    if (status !== undefined && status < 500) return new Refusal('invalid', 'The request could not be read.');
    this.report(error);
    return new Refusal('server_error', 'Something went wrong.');
  }
}

/** The status that Nest (no such route) or Fastify (unreadable body, too large) gave the error. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}
