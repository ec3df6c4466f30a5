import { randomBytes } from 'node:crypto';
import { Body, Controller, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { Counters } from '../../control/counters.js';
import { type Order, type Render } from '../../engine/render.js';
import { Accounts } from '../../http/accounts.js';
import { Origins } from '../../http/origins.js';
import { parseInput } from '../../http/parse-body.js';
import { Refusal } from '../../http/refusal.js';
import { Upstream } from '../../upstream.js';
import {
  type Caller,
  checkRegion,
  customBody,
  orderOfProject,
  orderOfQuick,
  projectBody,
  quickBody,
} from './schema.js';
import { OdinTokens } from './tokens.js';
import { failure, listed, progressOf, projectOf, success } from './view.js';

const pair = z.object({ appId: z.string(), userKey: z.string() });
const exportBody = z.object({ projectId: z.string() });

/** DeepBrain's AI Studios V3, app.aistudios.com; below `cn` as app.aistudios.cn has it. */
@Controller(['aistudios/api/odin/v3', 'aistudios/cn/api/odin/v3'])
export class AistudiosController {
  private readonly tokens: OdinTokens;
  /** Projects that nobody has had exported yet. */
  private readonly drafts = new LRUCache<string, Order>({ max: 1_000 });
  /** Those seen at 100: the first look comes before the link, unless a webhook has brought it already. */
  private readonly linked = new WeakSet<Render>();

  constructor(
    private readonly upstream: Upstream,
    accounts: Accounts,
    private readonly origins: Origins,
    private readonly counters: Counters,
  ) {
    this.tokens = new OdinTokens(accounts);
  }

  @Post('auth/token')
  @HttpCode(200)
  issue(@Body() body: unknown) {
    const { appId, userKey } = parseInput(pair, body);
    const token = this.tokens.issue(appId, userKey, Date.now());
    this.counters.add('aistudios', token === undefined ? 'token_refused' : 'token_issued');
    return token === undefined ? failure('INVALID_USER', 'appId or userKey is not valid') : success({ token });
  }

  @Get('auth')
  check(@Req() request: FastifyRequest) {
    this.callerOf(request);
    return success({ isAuthenticated: true });
  }

  @Post('editor/project')
  @HttpCode(200)
  async create(@Req() request: FastifyRequest, @Body() body: unknown) {
    const caller = this.callerOf(request);
    checkRegion(body, caller);
    const project = parseInput(projectBody, body);
    return success(await this.make(orderOfProject(project, caller), project.isExport));
  }

  @Post('simple/video')
  @HttpCode(200)
  async quick(@Req() request: FastifyRequest, @Body() body: unknown) {
    const caller = this.callerOf(request);
    checkRegion(body, caller);
    const video = parseInput(quickBody, body);
    return success(await this.make(orderOfQuick(video, caller), video.isExport || caller.isChina));
  }

  @Post('simple/custom')
  @HttpCode(200)
  async custom(@Req() request: FastifyRequest, @Body() body: unknown) {
    const caller = this.callerOf(request);
    if (caller.isChina) throw new Refusal('not_found', 'There is no such path.');
    const video = parseInput(customBody, body);
    const made = await this.make(orderOfQuick(video, caller), video.isExport);
    return success({ ...made, taskId: randomBytes(12).toString('hex') });
  }

  @Post('editor/project/export')
  @HttpCode(200)
  async export(@Req() request: FastifyRequest, @Body() body: unknown) {
    const caller = this.callerOf(request);
    const { projectId } = parseInput(exportBody, body);
    const draft = this.drafts.get(projectId);
    if (draft?.account !== caller.account) throw new Refusal('not_found', 'There is no such project.');
    await this.upstream.submit(projectId, draft);
    this.drafts.delete(projectId);
    return success({ projectId });
  }

  @Get('editor/project')
  list(@Req() request: FastifyRequest) {
    const seen = this.upstream.list('aistudios', this.callerOf(request).account);
    return success({ projects: seen.filter(({ state }) => state.phase === 'succeeded').map(listed) });
  }

  @Get('editor/project/:id')
  project(@Req() request: FastifyRequest, @Param('id') id: string) {
    return success({ project: projectOf(this.upstream.get('aistudios', this.callerOf(request).account, id)) });
  }

  @Get('editor/progress/:id')
  async progress(@Req() request: FastifyRequest, @Param('id') id: string) {
    const { account } = this.callerOf(request);
    if (this.drafts.get(id)?.account === account) return success({ progress: 0 });
    const seen = await this.upstream.look('aistudios', account, id);
    const isTold = seen.render.order.callbackUrl !== undefined;
    const shown = progressOf(seen, isTold || this.linked.has(seen.render));
    if (shown.progress === 100) this.linked.add(seen.render);
    return success(shown);
  }

  private async make(order: Order, isExport: boolean) {
    const projectId = randomBytes(12).toString('hex');
    if (isExport) await this.upstream.submit(projectId, order);
    else this.drafts.set(projectId, order);
    return { projectId };
  }

  private callerOf(request: FastifyRequest): Caller {
    return {
      account: this.tokens.accountOf(request.headers.authorization, Date.now()),
      origin: this.origins.of(request),
      isChina: request.url.startsWith('/aistudios/cn/'),
    };
  }
}
