import { Injectable } from '@nestjs/common';
import { Log } from '@videoapi/chassis';
import { type Handle, type Observation, pollJob } from '@videoapi/contracts';
import { sql } from '@videoapi/database';
import { type LaneJob, Publisher } from '@videoapi/messaging';
import { DataSource } from 'typeorm';
import { type z } from 'zod';
import { CatalogSnapshots } from '../catalog/catalog-snapshots.js';
import { type DueTimer } from './claim.js';

/** Attempts of one channel in one job. */
const mostPerJob = 50;

interface Look {
  readonly attemptId: string;
  readonly taskId: string;
  readonly channelId: string;
  readonly lane: string;
  readonly epoch: number;
  readonly handle: Handle;
  readonly last: Observation | null;
  readonly look: number;
}

type PollOrderJob = LaneJob<z.input<(typeof pollJob)['data']>>;

/**
 * Sends workers to look at attempts. The timer is the record: a job that gets lost comes due again, so there is no outbox
 * row, and the task is not touched.
 */
@Injectable()
export class Polls {
  constructor(
    private readonly source: DataSource,
    private readonly publisher: Publisher,
    private readonly snapshots: CatalogSnapshots,
    private readonly log: Log,
  ) {}

  async look(due: readonly Pick<DueTimer, 'attemptId' | 'fired'>[]): Promise<void> {
    if (due.length === 0) return;
    const looks = await readLooks(this.source, due);
    await this.forget(due, looks);
    const jobs = this.jobsOf(looks);
    const outcomes = await this.publisher.publishJobs(pollJob, jobs);
    const failed = outcomes.filter((outcome) => outcome !== undefined);
    if (failed.length > 0) this.log.warn({ event: 'polls_not_published', jobs: failed.length, err: failed[0] });
  }

  /** Timers of attempts that have nothing more to tell. */
  private async forget(due: readonly Pick<DueTimer, 'attemptId'>[], looks: readonly Look[]): Promise<void> {
    const seen = new Set(looks.map((look) => look.attemptId));
    const over = due.flatMap(({ attemptId }) => (attemptId === null || seen.has(attemptId) ? [] : attemptId));
    if (over.length === 0) return;
    await sql(this.source, `DELETE FROM timer WHERE kind = 'poll' AND attempt_id = ANY($1::uuid[])`, [over]);
  }

  private jobsOf(looks: readonly Look[]): PollOrderJob[] {
    const snapshot = this.snapshots.current();
    return [...Map.groupBy(looks, (look) => look.channelId)].flatMap(([channelId, ofChannel]) => {
      const channel = snapshot.channel(channelId);
      if (channel === undefined) return [];
      return chunks(ofChannel, mostPerJob).flatMap((polls) => {
        const [first] = polls;
        if (first === undefined) return [];
        const id = `${first.attemptId}:poll:${first.look}:${Date.now()}`;
        return { id, lane: first.lane, data: { channel, polls: polls.map(orderOf) } };
      });
    });
  }
}

/** Attempts that still run, and for a day those given up on that may yet be a late success. */
async function readLooks(source: DataSource, due: readonly Pick<DueTimer, 'attemptId' | 'fired'>[]): Promise<Look[]> {
  return sql(
    source,
    `SELECT a.id AS "attemptId", a.task_id AS "taskId", a.channel_id AS "channelId", a.lane, a.epoch, a.handle,
       a.last_observation AS last, d.look
     FROM unnest($1::uuid[], $2::int[]) AS d (id, look) JOIN attempt a ON a.id = d.id
     WHERE a.id = ANY($1::uuid[]) AND a.handle IS NOT NULL
       AND (a.state = 'running' OR a.state = 'abandoned' AND a.ended_at > now() - interval '24 h')`,
    [due.map((timer) => timer.attemptId), due.map((timer) => timer.fired)],
  );
}

function orderOf({ attemptId, taskId, epoch, handle, look, last }: Look) {
  return { attemptId, taskId, epoch, handle, look, last };
}

function chunks<Entry>(entries: readonly Entry[], size: number): Entry[][] {
  return Array.from({ length: Math.ceil(entries.length / size) }, (_, index) =>
    entries.slice(index * size, (index + 1) * size),
  );
}
