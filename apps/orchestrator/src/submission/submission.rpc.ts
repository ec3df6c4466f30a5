import { Controller } from '@nestjs/common';
import { Log } from '@videoapi/chassis';
import { AppError, createTask, type RpcRequest, type RpcResponse, type TaskSubmission } from '@videoapi/contracts';
import { HandleRpc } from '@videoapi/messaging';
import { Submissions } from './submissions.js';

type Results = RpcResponse<typeof createTask>['results'];

@Controller()
export class SubmissionRpc {
  constructor(
    private readonly submissions: Submissions,
    private readonly log: Log,
  ) {}

  @HandleRpc(createTask)
  async create({ tasks }: RpcRequest<typeof createTask>): Promise<{ results: Results }> {
    return { results: await Promise.all(tasks.map((submission) => this.createOne(submission))) };
  }

  /** One refusal must not cost the others of the same call their answer. */
  private async createOne(submission: TaskSubmission): Promise<Results[number]> {
    try {
      return { task: await this.submissions.create(submission) };
    } catch (thrown) {
      const error = AppError.from(thrown);
      if (error !== thrown) this.log.error({ event: 'submission_failed', taskId: submission.taskId, err: thrown });
      return { error: error.toJSON() };
    }
  }
}
