import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, HttpCode, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { isTerminal } from '../../engine/timeline.js';
import { Accounts } from '../../http/accounts.js';
import { Origins } from '../../http/origins.js';
import { parseInput } from '../../http/parse-body.js';
import { Refusal } from '../../http/refusal.js';
import { Upstream } from '../../upstream.js';
import { type Sighting, type WireReply } from '../wire.js';
import { orderOf, submitQuery } from './schema.js';
import { keySet } from './signing.js';
import { createdOf, resultOf, statusOf } from './view.js';

const requests = ':owner/:app/requests/:id';

interface Place {
  readonly owner: string;
  readonly app: string;
  readonly id: string;
}

/** fal.ai's queue; `Authorization: Key <key>`. */
@Controller('fal')
export class FalController {
  constructor(
    private readonly upstream: Upstream,
    private readonly accounts: Accounts,
    private readonly origins: Origins,
  ) {}

  @Get('.well-known/jwks.json')
  keys() {
    return keySet();
  }

  /** A model is owner, app, and up to three words more. */
  @Post([':owner/:app', ':owner/:app/:a', ':owner/:app/:a/:b', ':owner/:app/:a/:b/:c'])
  @HttpCode(200)
  async submit(
    @Req() request: FastifyRequest,
    @Param() { owner = '', app = '', a, b, c }: Partial<Record<string, string>>,
    @Query() query: unknown,
    @Body() body: unknown,
  ) {
    const account = this.accountOf(request);
    const callbackUrl = parseInput(submitQuery, query).fal_webhook;
    const model = [owner, app, a, b, c].filter((word) => word !== undefined).join('/');
    const order = orderOf(model, body, { account, origin: this.origins.of(request), callbackUrl });
    return createdOf(await this.upstream.submit(randomUUID(), order));
  }

  @Get(`${requests}/status`)
  async status(@Req() request: FastifyRequest, @Param() place: Place, @Res() reply: FastifyReply) {
    const account = this.accountOf(request);
    this.find(account, place);
    await send(reply, statusOf(await this.upstream.look('fal', account, place.id)));
  }

  @Get(requests)
  async result(@Req() request: FastifyRequest, @Param() place: Place, @Res() reply: FastifyReply) {
    await send(reply, resultOf(this.find(this.accountOf(request), place)));
  }

  /** Takes out what waits; asks what runs to stop, which here it never does. */
  @Put(`${requests}/cancel`)
  async cancel(@Req() request: FastifyRequest, @Param() place: Place, @Res() reply: FastifyReply) {
    const seen = this.find(this.accountOf(request), place);
    if (isTerminal(seen.state.phase)) return send(reply, { status: 400, body: { status: 'ALREADY_COMPLETED' } });
    if (seen.state.phase === 'queued') this.upstream.cancel(seen);
    return send(reply, { status: 202, body: { status: 'CANCELLATION_REQUESTED' } });
  }

  /** A request is one of its app, and of no other. */
  private find(account: string, { owner, app, id }: Place): Sighting {
    const seen = this.upstream.get('fal', account, id);
    if (seen.render.order.echo['app'] !== `${owner}/${app}`)
      throw new Refusal('not_found', 'no such request of this application');
    return seen;
  }

  /** `Key`, and nothing else: a bearer key is no key here. */
  private accountOf({ headers }: FastifyRequest): string {
    const key = /^Key +(\S+)$/.exec(headers.authorization ?? '')?.[1];
    return this.accounts.authorize(key === undefined ? undefined : `Bearer ${key}`);
  }
}

async function send(reply: FastifyReply, { status, headers = {}, body }: WireReply): Promise<void> {
  await reply.status(status).headers(headers).send(body);
}
