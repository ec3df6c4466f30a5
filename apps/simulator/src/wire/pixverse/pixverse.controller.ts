import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { Accounts } from '../../http/accounts.js';
import { readBody } from '../../http/form.js';
import { Origins } from '../../http/origins.js';
import { parseInput } from '../../http/parse-body.js';
import { Refusal } from '../../http/refusal.js';
import { Upstream } from '../../upstream.js';
import { isWay, orderOf, traceHeader, uploadBody } from './schema.js';
import { videoId } from './video-id.js';
import { answerOf, createdOf, viewOf } from './view.js';

interface Asker {
  readonly account: string;
  readonly traceId: string;
}

/** PixVerse's platform API; `API-KEY`, and an `Ai-trace-id` that is new with every call. */
@Controller('pixverse/openapi/v2')
export class PixverseController {
  /** What was answered to a trace id is answered again, whatever is asked. */
  private readonly answers = new LRUCache<string, string>({ max: 20_000 });
  private readonly images = new LRUCache<string, string>({ max: 20_000 });
  private lastImage = 0;

  constructor(
    private readonly upstream: Upstream,
    private readonly accounts: Accounts,
    private readonly origins: Origins,
  ) {}

  @Post('image/upload')
  async upload(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    await this.answer(request, reply, async ({ account }) => {
      const image = parseInput(uploadBody, await readBody(request));
      this.lastImage += 1;
      this.images.set(`${account}:${this.lastImage}`, image);
      return { img_id: this.lastImage, img_url: `${this.origins.of(request)}/images/${this.lastImage}` };
    });
  }

  @Post('video/:way/generate')
  async create(@Req() request: FastifyRequest, @Param('way') way: string, @Res() reply: FastifyReply) {
    await this.answer(request, reply, async ({ account, traceId }) => {
      if (!isWay(way)) throw new Refusal('not_found', 'no such path');
      const imageOf = (id: number) => this.images.get(`${account}:${id}`);
      const caller = { account, traceId, origin: this.origins.of(request), imageOf };
      return createdOf(await this.upstream.submit(videoId(Date.now()), orderOf(way, request.body, caller)));
    });
  }

  @Get('video/result/:id')
  async look(@Req() request: FastifyRequest, @Param('id') id: string, @Res() reply: FastifyReply) {
    await this.answer(request, reply, async ({ account }) => viewOf(await this.upstream.look('pixverse', account, id)));
  }

  private async answer(request: FastifyRequest, reply: FastifyReply, work: (asker: Asker) => Promise<object>) {
    const asker = this.askerOf(request);
    const key = `${asker.account}:${asker.traceId}`;
    const answer = this.answers.get(key) ?? answerOf(await work(asker));
    this.answers.set(key, answer);
    await reply.status(200).type('application/json').send(answer);
  }

  private askerOf({ headers }: FastifyRequest): Asker {
    const [key] = [headers['api-key']].flat();
    const account = this.accounts.authorize(key === undefined ? undefined : `Bearer ${key}`);
    return { account, traceId: parseInput(traceHeader, headers)['ai-trace-id'] };
  }
}
