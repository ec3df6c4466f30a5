import { Injectable } from '@nestjs/common';
import { type Dialect, type Submission } from '@videoapi/dialects';
import { type FastifyRequest } from 'fastify';
import { type Caller } from '../api-key/caller.js';
import { repeatOf } from '../idempotency/claim.js';
import { type Answer, Idempotency } from '../idempotency/idempotency.js';
import { requestHash } from '../idempotency/request-hash.js';
import { Settings } from '../settings.js';
import { CallbackUrls } from './callback-url.js';
import { newTaskId } from './task-id.js';
import { TaskSubmissions } from './task-submissions.js';

/** What a create call asks for. */
export interface Draft {
  readonly submission: Submission;
  /** What stands for the bytes of a file that came with this very call, by the asset that names it. */
  readonly digests: ReadonlyMap<string, string>;
  /** The submission once everything that it carries is stored. Asked for only when the call is no repeat. */
  complete(): Promise<Submission>;
}

/** A create call of any dialect, from parsed body to answer. */
@Injectable()
export class Intake {
  constructor(
    private readonly settings: Settings,
    private readonly callbackUrls: CallbackUrls,
    private readonly idempotency: Idempotency,
    private readonly submissions: TaskSubmissions,
  ) {}

  /** For a dialect whose body is JSON and nothing else. */
  async create(dialect: Dialect, request: FastifyRequest, caller: Caller): Promise<Answer> {
    const submission = dialect.toSubmission(request.body, this.settings.value);
    return this.submit(dialect, request, caller, {
      submission,
      digests: noDigests,
      complete: () => Promise.resolve(submission),
    });
  }

  async submit(dialect: Dialect, request: FastifyRequest, caller: Caller, draft: Draft): Promise<Answer> {
    const { edge } = request;
    const { submission, digests } = draft;
    const repeat = repeatOf(request.headers);
    if (submission.callback !== null) this.callbackUrls.check(submission.callback.url);
    const hash = repeat.kind === 'none' ? noHash : requestHash(dialect.name, caller.mode, submission, digests);
    edge.mark('validate');
    return this.idempotency.run(caller, repeat, { hash, taskId: newTaskId() }, async (taskId) => {
      if (repeat.kind !== 'none') edge.mark('idempotency');
      edge.taskId = taskId;
      const task = await this.submissions.submit({
        taskId,
        accountId: caller.accountId,
        apiKeyId: caller.keyId,
        mode: caller.mode,
        ...(await draft.complete()),
        maxQueued: caller.maxQueued,
        maxConcurrent: caller.maxConcurrent,
        keyMaxConcurrent: caller.keyLimits.maxConcurrent,
      });
      edge.mark('engine');
      return JSON.stringify(dialect.fromAccepted(task, { baseUrl: this.settings.value.publicUrl }));
    });
  }
}

const noHash = Buffer.alloc(0);
const noDigests = new Map<string, string>();
