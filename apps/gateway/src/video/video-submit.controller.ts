import { Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import {
  type Submission,
  type Talent,
  openaiOperations,
  openaiSourceVideo,
  toOpenaiEdit,
  toOpenaiRemix,
  unsupported,
  yishangOperations,
} from '@videoapi/dialects';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type Caller } from '../api-key/caller.js';
import { Describe } from '../docs/describe.js';
import { RequireScope } from '../edge/access.js';
import { CallerOf } from '../edge/caller.decorator.js';
import { dialectOf } from '../edge/dialect-of.js';
import { ModelList } from '../model/model-list.js';
import { Settings } from '../settings.js';
import { Intake } from '../task/intake.js';
import { readTaskId } from '../task/task-id.js';
import { TaskReads } from '../task/task-reads.js';
import { type VideoBody, VideoDrafts } from './video-drafts.js';

/** Everything on `/v1/videos` that makes a video. Answered in the words of the key's own dialect. */
@Controller('/v1/videos')
@RequireScope('tasks:write')
export class VideoSubmitController {
  constructor(
    private readonly settings: Settings,
    private readonly drafts: VideoDrafts,
    private readonly intake: Intake,
    private readonly reads: TaskReads,
    private readonly models: ModelList,
  ) {}

  @Post()
  @Describe(openaiOperations.create, yishangOperations.create)
  @HttpCode(200)
  async create(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @CallerOf() caller: Caller,
  ): Promise<string> {
    const body = await this.drafts.read(request, caller);
    return this.submit(reply, caller, body, dialectOf(request).toSubmission(body.fields, this.settings.value));
  }

  @Post('/:id/remix')
  @Describe(openaiOperations.remix, yishangOperations.remix)
  @HttpCode(200)
  async remix(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @CallerOf() caller: Caller,
  ): Promise<string> {
    const source = await this.reads.get({ accountId: caller.accountId, taskId: readTaskId(id) });
    const body = await this.drafts.read(request, caller);
    const talentOf = await this.talents(caller);
    const submission = toOpenaiRemix(body.fields, source, talentOf(source.model), this.context);
    return this.submit(reply, caller, body, submission);
  }

  @Post('/edits')
  @Describe(openaiOperations.edit, yishangOperations.edit)
  @HttpCode(200)
  async edit(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @CallerOf() caller: Caller,
  ): Promise<string> {
    const body = await this.drafts.read(request, caller);
    const source = await this.sourceOf(body, caller);
    const submission = toOpenaiEdit(body.fields, source, await this.talents(caller), this.context);
    return this.submit(reply, caller, body, submission);
  }

  /** Answered and not left out, so that a client learns why: no model of any provider here can do these. */
  @Post('/extensions')
  @Describe(openaiOperations.extend)
  extend(): never {
    throw unsupported('No model', 'extend a video');
  }

  @Post('/characters')
  @Describe(openaiOperations.createCharacter)
  createCharacter(): never {
    throw unsupported('No model', 'keep a character');
  }

  @Get('/characters/:id')
  @Describe(openaiOperations.getCharacter)
  getCharacter(): never {
    throw unsupported('No model', 'keep a character');
  }

  private async submit(reply: FastifyReply, caller: Caller, body: VideoBody, submission: Submission): Promise<string> {
    const { request } = reply;
    const draft = this.drafts.draft(submission, body.digests, request, caller);
    const answer = await this.intake.submit(dialectOf(request), request, caller, draft);
    if (answer.isReplay) reply.header('idempotent-replayed', 'true');
    reply.type('application/json; charset=utf-8');
    return answer.body;
  }

  private async sourceOf({ fields }: VideoBody, { accountId }: Caller) {
    const source = openaiSourceVideo(fields);
    return 'url' in source ? source : { task: await this.reads.get({ accountId, taskId: source.taskId }) };
  }

  private async talents({ accountId }: Caller): Promise<(model: string) => Talent | undefined> {
    const models = new Map((await this.models.of(accountId)).map((model) => [model.id, model]));
    return (id) => {
      const model = models.get(id);
      return model && { types: model.type, maxVideos: model.capabilities.max_videos };
    };
  }

  private get context() {
    const { value } = this.settings;
    return { rules: value, view: { baseUrl: value.publicUrl } };
  }
}
