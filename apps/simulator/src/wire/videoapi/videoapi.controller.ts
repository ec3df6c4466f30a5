import { randomBytes, randomUUID } from 'node:crypto';
import { Body, Controller, Get, Headers, HttpCode, Param, Post, Req } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Accounts } from '../../http/accounts.js';
import { readBody } from '../../http/form.js';
import { Origins } from '../../http/origins.js';
import { parseInput } from '../../http/parse-body.js';
import { Upstream } from '../../upstream.js';
import { createBody, models, orderOf } from './schema.js';
import { acceptedOf, viewOf } from './view.js';

const uploaded = z.object({ filename: z.string(), contentType: z.string() });
const uploads = z.object({ files: z.union([z.array(uploaded), uploaded.transform((one) => [one])]) });

/** A gateway like ours: models, uploads, create and read. */
@Controller('videoapi')
export class VideoapiController {
  constructor(
    private readonly upstream: Upstream,
    private readonly accounts: Accounts,
    private readonly origins: Origins,
  ) {}

  /** Without a key, as in its sample. */
  @Get('v1/models')
  models() {
    return { data: models.map(({ id }) => ({ id, object: 'model' })) };
  }

  /** The files are read and dropped: their URLs lead nowhere. */
  @Post('api/upload')
  @HttpCode(200)
  async upload(@Headers('authorization') key: string | undefined, @Req() request: FastifyRequest) {
    this.accounts.authorize(key);
    const { files } = parseInput(uploads, await readBody(request));
    const data = files.map(({ filename, contentType }) => {
      const path = `uploads/${randomUUID()}`;
      return { filename, content_type: contentType, size: 0, key: path, url: `${this.origins.of(request)}/${path}` };
    });
    return { data };
  }

  @Post('v1/video/generations')
  @HttpCode(200)
  async create(
    @Headers('authorization') key: string | undefined,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ) {
    const account = this.accounts.authorize(key);
    const order = orderOf(parseInput(createBody, body), account, this.origins.of(request));
    return acceptedOf(await this.upstream.submit(taskId(Date.now()), order));
  }

  @Get('v1/video/generations/:id')
  async look(@Headers('authorization') key: string | undefined, @Param('id') id: string) {
    return viewOf(await this.upstream.look('videoapi', this.accounts.authorize(key), id));
  }
}

/** `vidgen_1783003830450_081f0558`. */
function taskId(now: number): string {
  return `vidgen_${now}_${randomBytes(4).toString('hex')}`;
}
