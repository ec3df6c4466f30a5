import { type AttemptRecord, engineVersion, initialProgress, type TaskRecord } from '../src/task/task.js';
import { type Context } from '../src/task/decision.js';

/** A task as submission makes it, for the tests of this folder. */
export function sampleTask(changes: Partial<TaskRecord> = {}): TaskRecord {
  return {
    ...initialProgress,
    stateSince: start,
    wakesAt: start,
    id: 'vidgen_1760000000000_00000001',
    accountId: 'acc',
    apiKeyId: 'key',
    mode: 'live',
    model: 'quick',
    type: 'text-to-video',
    resolved: {
      prompt: 'a cat',
      type: 'text-to-video',
      images: [],
      videos: [],
      audios: [],
      resolution: '720p',
      duration: 5,
      maxDurationMs: 5_000,
      aspectRatio: '16:9',
      generateAudio: false,
      providerOptions: {},
    },
    metadata: {},
    endUserId: null,
    callback: null,
    priceParams: { resolution: '720p', durationMs: 5_000, audio: false },
    maxCredits: null,
    timing: { queue: 3_600, submit: 120, generation: 3_600, p50: 60 },
    engineVersion,
    createdAt: start,
    deadlineAt: new Date(start.getTime() + 7_200_000),
    ...changes,
  };
}

export const start = new Date('2026-01-01T00:00:00.000Z');

export function sampleAttempt(changes: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    id: '0f9c0b1e-0000-4000-8000-000000000001',
    taskId: 'vidgen_1760000000000_00000001',
    accountId: 'acc',
    number: 1,
    channelId: 'first',
    provider: 'simulator',
    lane: 'simulator',
    upstreamModel: 'up',
    state: 'submitting',
    epoch: 1,
    callStartedAt: null,
    handle: null,
    calledBackAt: null,
    namedIds: [],
    lastObservation: null,
    failure: null,
    slotReturned: false,
    createdAt: start,
    acceptedAt: null,
    endedAt: null,
    ...changes,
  };
}

export function sampleContext(changes: Partial<Context> = {}): Context {
  return {
    now: new Date(start.getTime() + 1_000),
    random: 0.5,
    attempt: undefined,
    route: { failoverAfterAcceptance: false, completion: 'poll', cancel: true, lookup: true, adopt: false },
    isTaken: false,
    channels: ['first', 'second'],
    ...changes,
  };
}
