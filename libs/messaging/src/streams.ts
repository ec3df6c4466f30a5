import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  JetStreamApiCodes,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';

const day = 86_400_000;
const minute = 60_000;
const mebibyte = 1_048_576;
/** How long a stream keeps its messages. Jobs wait until they are handled. */
const daysKept = { EVENTS: 7, DLQ: 30, ADVISORIES: 7 } as const;
const nameInUse = 10_058;
const insufficientStorage = 10_047;

export const maxDeliveriesAdvisories = '$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>';

/** The streams of the platform. Only keys that nats-server 2.9 knows: it drops unknown ones without a word. */
export const streams = [
  {
    name: 'JOBS',
    subjects: ['job.v1.>'],
    retention: RetentionPolicy.Workqueue,
    // A full queue refuses, so rows stay in the outboxes, whose age closes the intake: that chain is the back-pressure.
    discard: DiscardPolicy.New,
    max_bytes: 512 * mebibyte,
    duplicate_window: nanos(10 * minute),
  },
  {
    name: 'EVENTS',
    subjects: ['evt.>'],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_age: nanos(daysKept.EVENTS * day),
    max_bytes: 2_048 * mebibyte,
    duplicate_window: nanos(10 * minute),
  },
  {
    name: 'DLQ',
    subjects: ['dlq.>'],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_age: nanos(daysKept.DLQ * day),
    max_bytes: 256 * mebibyte,
    duplicate_window: nanos(60 * minute),
  },
  {
    name: 'ADVISORIES',
    subjects: [maxDeliveriesAdvisories, '$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>'],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_age: nanos(daysKept.ADVISORIES * day),
    max_bytes: 64 * mebibyte,
    duplicate_window: nanos(2 * minute),
  },
] as const satisfies readonly (Partial<StreamConfig> & { name: string })[];

export type StreamName = (typeof streams)[number]['name'];

/** A setting of an existing stream that is not what this version of the platform would choose. */
export interface Drift {
  readonly stream: StreamName;
  readonly setting: string;
  readonly wanted: unknown;
  readonly found: unknown;
  /** False: only an operator can change it (a stream's retention), or it is the operator's to choose (size). */
  readonly corrected: boolean;
}

/**
 * After how long no message can come back, and so how long an inbox remembers: a dead letter is replayed on its last day,
 * then waits in its stream as long as that keeps it, and clocks differ. A job that was handled is redelivered within its
 * ack wait, or soon after its service is back.
 */
export const longestRedeliveryDays = daysKept.DLQ + daysKept.EVENTS + 1;

const correctable = ['subjects', 'discard', 'max_age', 'duplicate_window'] as const;
const reported = ['retention', 'max_bytes'] as const;

/**
 * Creates what is missing and corrects what may be corrected; idempotent, and safe when many services do it at once.
 * In a cluster the streams get three replicas; a stream that exists keeps its number of replicas and its size.
 */
export async function bootstrapStreams(connection: NatsConnection): Promise<Drift[]> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const replicas = connection.info?.cluster === undefined ? 1 : 3;
  const drift: Drift[] = [];
  for (const wanted of streams) drift.push(...(await ensure(manager, wanted, replicas)));
  return drift;
}

type Wanted = (typeof streams)[number];

async function ensure(manager: JetStreamManager, wanted: Wanted, replicas: number): Promise<Drift[]> {
  const found = await create(manager, wanted, replicas);
  if (found === undefined) return [];
  const drift = driftOf(wanted, found);
  const corrections = drift.filter(({ corrected }) => corrected);
  if (corrections.length > 0)
    await manager.streams.update(wanted.name, Object.fromEntries(corrections.map((d) => [d.setting, d.wanted])));
  return drift;
}

/** @returns the existing stream's configuration, or undefined when it was made just now. */
async function create(manager: JetStreamManager, wanted: Wanted, replicas: number): Promise<StreamConfig | undefined> {
  try {
    return (await manager.streams.info(wanted.name)).config;
  } catch (error) {
    if (!isApiError(error, JetStreamApiCodes.StreamNotFound)) throw error;
  }
  try {
    const config = { ...wanted, subjects: [...wanted.subjects], storage: StorageType.File, num_replicas: replicas };
    await add(manager, config);
    return undefined;
  } catch (error) {
    // Another service of another version was quicker.
    if (!isApiError(error, nameInUse)) throw error;
    return (await manager.streams.info(wanted.name)).config;
  }
}

/** The server sets a stream's size aside when it is made. On a small disk it refuses; then a smaller one has to do. */
async function add(manager: JetStreamManager, config: Partial<StreamConfig> & { name: string; max_bytes: number }) {
  try {
    await manager.streams.add(config);
  } catch (error) {
    if (!isApiError(error, insufficientStorage)) throw error;
    await manager.streams.add({ ...config, max_bytes: config.max_bytes / 8 });
  }
}

export function driftOf(wanted: Partial<StreamConfig> & { name: StreamName }, found: StreamConfig): Drift[] {
  return [...correctable, ...reported].flatMap((setting) => {
    const [want, have] = [wanted[setting], found[setting]];
    if (want === undefined || JSON.stringify(want) === JSON.stringify(have)) return [];
    const corrected = correctable.some((name) => name === setting);
    return [{ stream: wanted.name, setting, wanted: want, found: have, corrected }];
  });
}

export function isApiError(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code;
}
