import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Downloads } from '../../files/downloads.js';
import { Accounts } from '../../http/accounts.js';
import { Origins } from '../../http/origins.js';
import { parseInput } from '../../http/parse-body.js';
import { Refusal } from '../../http/refusal.js';
import { Upstream } from '../../upstream.js';
import { createBody, fetchBody, orderOf, type Place } from './schema.js';
import { OAuthTokens } from './tokens.js';
import { idOfObject, operationName, samplesOf, viewOf } from './view.js';

/** Veo on Vertex AI, with the token endpoint and the object store that go with it: three hosts in one. */
@Controller('vertex')
export class VertexController {
  private readonly tokens: OAuthTokens;

  constructor(
    private readonly upstream: Upstream,
    private readonly origins: Origins,
    private readonly downloads: Downloads,
    accounts: Accounts,
  ) {
    this.tokens = new OAuthTokens(accounts);
  }

  @Post('token')
  token(@Body() body: unknown, @Res({ passthrough: true }) reply: FastifyReply) {
    const granted = this.tokens.grant(body, Date.now());
    void reply.status('error' in granted ? 400 : 200);
    return granted;
  }

  /** `{model}:predictLongRunning` and `{model}:fetchPredictOperation`: the method is part of the last segment. */
  @Post('v1/projects/:project/locations/:location/publishers/google/models/:call')
  @HttpCode(200)
  async call(
    @Req() request: FastifyRequest,
    @Param() { project, location, call }: { project: string; location: string; call: string },
    @Body() body: unknown,
  ) {
    const account = this.tokens.authorize(request.headers.authorization);
    const [model = '', method] = call.split(':');
    const place = { project, location, model };
    if (method === 'predictLongRunning') return this.create(place, account, request, body);
    if (method === 'fetchPredictOperation') return this.look(place, account, body);
    throw new Refusal('not_found', 'The requested URL was not found on this server.');
  }

  /** The JSON API of the object store, as far as it reads. */
  @Get('storage/v1/b/:bucket/o/:object')
  async read(
    @Headers('authorization') authorization: string | undefined,
    @Param() { bucket, object }: { bucket: string; object: string },
    @Query('alt') alt: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    const account = this.tokens.authorize(authorization);
    const id = idOfObject(object);
    if (id === undefined) throw noObject(bucket, object);
    const { render, state } = this.seen(account, id, () => noObject(bucket, object));
    const isThere = state.phase === 'succeeded' && samplesOf(render).includes(`gs://${bucket}/${object}`);
    if (!isThere) throw noObject(bucket, object);
    if (alt !== 'media')
      return void reply.send({ kind: 'storage#object', name: object, bucket, contentType: 'video/mp4' });
    await this.downloads.send(render, 'video', request, reply);
  }

  private async create(place: Place, account: string, request: FastifyRequest, body: unknown) {
    const order = orderOf(parseInput(createBody, body), place, { account, origin: this.origins.of(request) });
    const { render } = await this.upstream.submit(randomUUID(), order);
    return { name: operationName(render) };
  }

  private async look(place: Place, account: string, body: unknown) {
    const { operationName: name } = parseInput(fetchBody, body);
    const id = name.split('/').at(-1) ?? '';
    const seen = await this.upstream.look('vertex', account, id);
    if (operationName(seen.render) !== name || seen.render.order.model !== place.model) {
      throw new Refusal('invalid', 'The operation does not belong to this model.', { param: 'operationName' });
    }
    const isInline = seen.state.phase === 'succeeded' && samplesOf(seen.render).includes(undefined);
    return viewOf(seen, isInline ? await this.downloads.base64Of(seen.render) : undefined);
  }

  private seen(account: string, id: string, orElse: () => Refusal) {
    try {
      return this.upstream.get('vertex', account, id);
    } catch (error) {
      throw error instanceof Refusal ? orElse() : error;
    }
  }
}

function noObject(bucket: string, object: string): Refusal {
  return new Refusal('not_found', `No such object: ${bucket}/${object}`);
}
