import { randomUUID } from 'node:crypto';
import { jetstream } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { beginSubmit, type ChannelTarget, type JobData, pollJob, submitJob } from '@videoapi/contracts';

/** The orchestrator's part: permits for whoever asks, orders into JetStream, an ear for reports. */
export class Neighbours {
  private readonly waiting = new Map<string, () => void>();

  private constructor(private readonly nats: NatsConnection) {}

  static async open(url: string): Promise<Neighbours> {
    const neighbours = new Neighbours(await connect({ servers: url }));
    neighbours.givePermits();
    neighbours.hearReports();
    return neighbours;
  }

  /** Resolves when the worker has reported what came of it. */
  async submit(channel: ChannelTarget, attemptId: string): Promise<void> {
    const data: JobData<typeof submitJob> = {
      attemptId,
      taskId: taskIdOf(attemptId),
      accountId: 'acc_bench',
      channel,
      upstreamModel: 'bench',
      request,
      callbackUrl: null,
      deadlineAt: new Date(Date.now() + 600_000).toISOString(),
    };
    await this.order(submitJob.subject(channel.provider), attemptId, data);
  }

  async poll(channel: ChannelTarget, attemptId: string): Promise<void> {
    const poll = { attemptId, taskId: taskIdOf(attemptId), epoch: 1, handle: { id: attemptId }, look: 1, last: null };
    const data: JobData<typeof pollJob> = { channel, polls: [poll] };
    await this.order(pollJob.subject(channel.provider), attemptId, data);
  }

  async close(): Promise<void> {
    await this.nats.close();
  }

  private async order(subject: string, attemptId: string, data: unknown): Promise<void> {
    const reported = new Promise<void>((resolve) => this.waiting.set(attemptId, resolve));
    const id = randomUUID();
    const body = JSON.stringify({ id, occurredAt: new Date().toISOString(), data });
    await jetstream(this.nats).publish(subject, body, { msgID: id });
    await reported;
  }

  private givePermits(): void {
    this.nats.subscribe(beginSubmit.subject, {
      callback: (_error, message) => {
        const asked = message.json<{ id: string; data: { attempts: { attemptId: string }[] } }>();
        const permits = asked.data.attempts.map(({ attemptId }) => ({ attemptId, permit: 'go', epoch: 1 }));
        message.respond(JSON.stringify({ id: asked.id, response: { ok: { permits } }, isDisposed: true }));
      },
    });
  }

  private hearReports(): void {
    this.nats.subscribe('evt.attempt.v1.*', {
      callback: (_error, message) => {
        const { attemptId } = message.json<{ data: { attemptId: string } }>().data;
        this.waiting.get(attemptId)?.();
        this.waiting.delete(attemptId);
      },
    });
  }
}

const request: JobData<typeof submitJob>['request'] = {
  prompt: 'a calico cat plays the piano in the rain while the neighbours listen',
  type: 'text-to-video',
  images: [],
  videos: [],
  audios: [],
  resolution: '720p',
  duration: 4,
  maxDurationMs: 4_000,
  aspectRatio: '16:9',
  generateAudio: false,
  providerOptions: {},
};

function taskIdOf(attemptId: string): string {
  return `vidgen_1790000000000_${attemptId.slice(0, 8)}`;
}
