import { randomBytes } from 'node:crypto';
import { Body, Controller, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { isTerminal } from '../../engine/timeline.js';
import { Accounts } from '../../http/accounts.js';
import { Origins } from '../../http/origins.js';
import { Upstream } from '../../upstream.js';
import { deployment, type Model, officialModel } from './models.js';
import { orderOf, versionIn } from './schema.js';
import { viewOf } from './view.js';

interface Place {
  readonly owner: string;
  readonly name: string;
}

/** Replicate's predictions. `Prefer: wait` is not heard: every answer comes at once. */
@Controller('replicate/v1')
export class ReplicateController {
  constructor(
    private readonly upstream: Upstream,
    private readonly accounts: Accounts,
    private readonly origins: Origins,
  ) {}

  @Post('models/:owner/:name/predictions')
  createOfficial(@Req() request: FastifyRequest, @Param() { owner, name }: Place, @Body() body: unknown) {
    return this.create(request, officialModel(`${owner}/${name}`), body);
  }

  @Post('deployments/:owner/:name/predictions')
  createDeployed(@Req() request: FastifyRequest, @Param() { owner, name }: Place, @Body() body: unknown) {
    return this.create(request, deployment(`${owner}/${name}`), body);
  }

  @Post('predictions')
  createByVersion(@Req() request: FastifyRequest, @Body() body: unknown) {
    this.accountOf(request);
    const { model, rest } = versionIn(body);
    return this.create(request, model, rest);
  }

  @Get('predictions/:id')
  async look(@Req() request: FastifyRequest, @Param('id') id: string) {
    return viewOf(await this.upstream.look('replicate', this.accountOf(request), id), Date.now());
  }

  /** What has ended stays as it is. */
  @Post('predictions/:id/cancel')
  @HttpCode(200)
  cancel(@Req() request: FastifyRequest, @Param('id') id: string) {
    const seen = this.upstream.get('replicate', this.accountOf(request), id);
    return viewOf(isTerminal(seen.state.phase) ? seen : this.upstream.cancel(seen), Date.now());
  }

  /** What this account's webhooks are signed with. */
  @Get('webhooks/default/secret')
  secret(@Req() request: FastifyRequest) {
    const secret = this.accounts.secretOf(this.accountOf(request)) ?? '';
    return { key: secret.startsWith('whsec_') ? secret : `whsec_${Buffer.from(secret).toString('base64')}` };
  }

  private async create(request: FastifyRequest, model: Model | undefined, body: unknown) {
    const account = this.accountOf(request);
    const cancelAfter = [request.headers['cancel-after']].flat()[0];
    const order = orderOf(model, body, { account, origin: this.origins.of(request), cancelAfter });
    return viewOf(await this.upstream.submit(newId(), order), Date.now());
  }

  /** `Bearer` or, as it used to be, `Token`. */
  private accountOf({ headers }: FastifyRequest): string {
    return this.accounts.authorize(headers.authorization?.replace(/^Token /, 'Bearer '));
  }
}

/** `gm3qorzdhgbfurvjtvhg6dckhu`: 26 of the letters and digits of base 32. */
function newId(): string {
  return Array.from(randomBytes(26), (byte) => 'abcdefghijklmnopqrstuvwxyz234567'[byte % 32]).join('');
}
