import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { Log } from '@videoapi/chassis';
import { attemptObserved, type ChannelTarget, type Observation, type PollOrder } from '@videoapi/contracts';
import { type AdapterObservation } from '@videoapi/provider-kit';
import { Reports } from '../report/reports.js';
import { Staging } from './staging.js';

type Poll = PollOrder['polls'][number];

/** Tells the orchestrator what a look has shown, when that is news. */
@Injectable()
export class Observer {
  constructor(
    private readonly reports: Reports,
    private readonly staging: Staging,
    private readonly log: Log,
  ) {}

  /** @throws AppError `unavailable`: not stored, and the same look may be taken again. */
  async tell(channel: ChannelTarget, { attemptId, taskId, epoch, look, last }: Poll, seen: AdapterObservation) {
    const observation = await this.withinReach(channel, attemptId, seen);
    if (isDeepStrictEqual(observation, last)) return;
    const id = `${attemptId}:${epoch}:obs:${look}`;
    await this.reports.publish(attemptObserved, { id, data: { attemptId, taskId, epoch, look, observation } });
    const facts = { attemptId, taskId, epoch, channelId: channel.id, state: observation.state };
    switch (observation.state) {
      case 'unreadable':
        return this.log.warn({ event: 'attempt_unreadable', ...facts, reason: observation.reason });
      case 'failed':
        return this.log.info({ event: 'attempt_ended', ...facts, ...observation.failure });
      case 'succeeded':
      case 'gone':
        return this.log.info({ event: 'attempt_ended', ...facts });
      case 'running':
        if (observation.unknownStatus === undefined) return;
        return this.log.warn({ event: 'unknown_status', ...facts, status: observation.unknownStatus });
      case 'queued':
        return;
    }
  }

  private async withinReach(channel: ChannelTarget, attemptId: string, seen: AdapterObservation): Promise<Observation> {
    if (seen.state !== 'succeeded') return seen;
    const outputs = await this.staging.stage(channel, attemptId, seen.outputs);
    return 'problem' in outputs
      ? { state: 'unreadable', reason: outputs.problem }
      : { ...seen, outputs: outputs.sources };
  }
}
