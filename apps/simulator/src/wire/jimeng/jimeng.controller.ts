import { randomUUID } from 'node:crypto';
import { Body, Controller, Post, Query, Req, Res } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Accounts } from '../../http/accounts.js';
import { bodyDigest } from '../../http/body-digests.js';
import { Origins } from '../../http/origins.js';
import { parseInput } from '../../http/parse-body.js';
import { Refusal } from '../../http/refusal.js';
import { Upstream } from '../../upstream.js';
import { type WireReply } from '../wire.js';
import { actions, orderOf, resultBody, submitBody } from './schema.js';
import { signerOf } from './signature.js';
import { taskId } from './task-id.js';
import { createdOf, notFoundOf, resultOf } from './view.js';

/** Jimeng on Volcengine's visual API: one address, told apart by its query. */
@Controller('jimeng')
export class JimengController {
  constructor(
    private readonly upstream: Upstream,
    private readonly accounts: Accounts,
    private readonly origins: Origins,
  ) {}

  /** `/jimeng/`, as the vendor's is `/`: a route that ends in a slash can only be written as a wildcard. */
  @Post('*')
  async call(
    @Query() query: unknown,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const account = this.callerOf(request);
    const action = request.url.startsWith('/jimeng/?') ? actions.safeParse(query).data?.Action : undefined;
    if (action === undefined) throw new Refusal('not_found', 'Could not find operation for the action and version.');
    const { status, body: answer } =
      action === 'CVSync2AsyncSubmitTask'
        ? await this.submit(account, body, request)
        : await this.result(account, body);
    await reply.status(status).send(answer);
  }

  private async submit(account: string, body: unknown, request: FastifyRequest): Promise<WireReply> {
    const order = orderOf(parseInput(submitBody, body), account, this.origins.of(request));
    return { status: 200, body: createdOf(await this.upstream.submit(taskId(Date.now()), order), randomUUID()) };
  }

  private async result(account: string, body: unknown): Promise<WireReply> {
    const { req_key: reqKey, task_id: id } = parseInput(resultBody, body);
    try {
      const seen = await this.upstream.look('jimeng', account, id);
      return seen.render.order.model === reqKey ? resultOf(seen, randomUUID()) : notFoundOf(randomUUID());
    } catch (error) {
      if (error instanceof Refusal && error.kind === 'not_found') return notFoundOf(randomUUID());
      throw error;
    }
  }

  private callerOf(request: FastifyRequest): string {
    const { method, url, headers } = request;
    const secretOf = (accessKey: string) => this.accounts.secretOfAccessKey(accessKey);
    const signer = signerOf({ method, url, headers, bodyDigest: bodyDigest(request) }, secretOf, Date.now());
    return this.accounts.accountOf(signer, secretOf(signer));
  }
}
