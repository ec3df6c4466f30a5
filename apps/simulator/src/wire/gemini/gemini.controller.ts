import { randomBytes } from 'node:crypto';
import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Downloads } from '../../files/downloads.js';
import { Accounts } from '../../http/accounts.js';
import { Origins } from '../../http/origins.js';
import { parseInput } from '../../http/parse-body.js';
import { Refusal } from '../../http/refusal.js';
import { Upstream } from '../../upstream.js';
import { createBody, orderOf } from './schema.js';
import { keySet, prepareKey } from './signing.js';
import { interactionId, isActive, viewOf } from './view.js';

/** Google's Interactions API, for Gemini Omni; `x-goog-api-key`. */
@Controller('gemini')
export class GeminiController {
  constructor(
    private readonly upstream: Upstream,
    private readonly accounts: Accounts,
    private readonly origins: Origins,
    private readonly downloads: Downloads,
  ) {}

  @Post('v1beta/interactions')
  @HttpCode(200)
  async create(
    @Headers('x-goog-api-key') key: string | undefined,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ) {
    const account = this.accountOf(key);
    const input = parseInput(createBody, body);
    if (input.previous_interaction_id !== undefined) {
      this.upstream.get('gemini', account, input.previous_interaction_id);
    }
    const order = orderOf(input, account, this.origins.of(request));
    if (order.callbackUrl !== undefined) prepareKey();
    return viewOf(await this.upstream.submit(interactionId(randomBytes(18).toString('base64url')), order));
  }

  @Get('v1beta/interactions/:id')
  async look(@Headers('x-goog-api-key') key: string | undefined, @Param('id') id: string) {
    return viewOf(await this.upstream.look('gemini', this.accountOf(key), id));
  }

  @Post('v1beta/interactions/:id/cancel')
  @HttpCode(200)
  cancel(@Headers('x-goog-api-key') key: string | undefined, @Param('id') id: string) {
    return viewOf(this.upstream.cancel(this.upstream.get('gemini', this.accountOf(key), id)));
  }

  @Delete('v1beta/interactions/:id')
  remove(@Headers('x-goog-api-key') key: string | undefined, @Param('id') id: string) {
    this.upstream.remove(this.upstream.get('gemini', this.accountOf(key), id));
    return {};
  }

  /** `files/<name>` tells the state of a file, `files/<name>:download` is the file: not before it is active. */
  @Get('v1beta/files/:name')
  async file(
    @Headers('x-goog-api-key') key: string | undefined,
    @Param('name') name: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    const [file = '', verb] = name.split(':');
    const seen = this.upstream.get('gemini', this.accountOf(key), interactionId(file));
    const active = isActive(seen, Date.now());
    if (verb === undefined) {
      const state = active ? 'ACTIVE' : 'PROCESSING';
      return reply.send({ name: `files/${file}`, mimeType: 'video/mp4', state });
    }
    if (verb !== 'download') throw new Refusal('not_found', 'There is no such method.');
    if (!active) throw new Refusal('conflict', `File ${file} is not in an ACTIVE state.`);
    return this.downloads.send(seen.render, 'video', request, reply);
  }

  /** What its callbacks can be verified with. */
  @Get('.well-known/jwks.json')
  keys() {
    return keySet();
  }

  private accountOf(key: string | undefined): string {
    return this.accounts.authorize(key === undefined ? undefined : `Bearer ${key}`);
  }
}
