import { type Task } from '@videoapi/contracts';
import { type Happening, latestProgress, type TaskFactName, taskHappenings, wants } from './event.js';

const task: Omit<Task, 'prompt'> = {
  id: 'vidgen_1700000000000_00000001',
  accountId: 'acc_1',
  version: 4,
  mode: 'live',
  model: 'quick',
  status: 'completed',
  type: 'text-to-video',
  progress: 100,
  resolution: '720p',
  duration: 5,
  aspectRatio: '16:9',
  generateAudio: false,
  outputs: [],
  creditsReserved: '10',
  creditsCharged: '10',
  creditsRefunded: false,
  error: null,
  metadata: {},
  endUserId: null,
  queuePosition: null,
  etaSeconds: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  startedAt: null,
  completedAt: null,
};
const occurredAt = new Date('2026-01-01T00:01:00Z');
const callback = { url: 'https://customer.example/done', format: 'native' as const };
const baseUrl = 'https://api.example.com';
const made = (fact: TaskFactName, version = 4): Happening => {
  const [happening, ...others] = taskHappenings({ fact, task: { ...task, version }, callback, occurredAt, baseUrl });
  if (happening === undefined || others.length > 0) throw new Error('not one');
  return happening;
};

describe('taskHappenings', () => {
  it('gives the callback URL the end and nothing else', () => {
    const told = (['queued', 'started', 'progressed', 'completed', 'failed'] as const).filter(
      (fact) => made(fact).callback !== null,
    );
    expect(told).toEqual(['completed', 'failed']);
  });

  it('names the same fact alike, and each progress apart', () => {
    expect(made('completed', 9).producerKey).toBe(made('completed').producerKey);
    expect(made('queued', 2).producerKey).toBe(made('queued').producerKey);
    expect(made('progressed', 5).producerKey).not.toBe(made('progressed').producerKey);
    expect(made('started').producerKey).not.toBe(made('completed').producerKey);
  });

  it('renders the task as a read shows it', () => {
    expect(JSON.parse(made('completed').body())).toMatchObject({
      type: 'video.completed',
      timestamp: '2026-01-01T00:01:00.000Z',
      data: { task_id: task.id, status: 'completed', credits_charged: 10 },
    });
  });

  it('has a second message, with an id of its own, for a callback that reads another format', () => {
    const foreign = { url: callback.url, format: 'aistudios' as const };
    const of = (fact: TaskFactName) => taskHappenings({ fact, task, callback: foreign, occurredAt, baseUrl });
    const [shared, own] = of('completed');

    expect([shared?.callback, shared?.isForCallbackOnly]).toEqual([null, false]);
    expect(shared?.producerKey).toBe(made('completed').producerKey);
    expect([own?.callback, own?.isForCallbackOnly, own?.type]).toEqual([foreign, true, 'video.completed']);
    expect(JSON.parse(own?.body() ?? '')).toMatchObject({ projectId: task.id, progress: 100, credit: 10 });
    expect(own?.id).not.toBe(shared?.id);
    expect(own?.producerKey).toBe(of('completed')[1]?.producerKey);
    expect(own?.producerKey).not.toBe(shared?.producerKey);
    expect(of('progressed')).toHaveLength(1);
  });

  it('has an id without a dot, which a signature would take for its own', () => {
    expect(made('completed').id).toMatch(/^msg_[0-9A-Za-z]{22}$/);
  });
});

describe('latestProgress', () => {
  it('leaves out progress that something later in the same batch makes stale', () => {
    const early = made('started', 2);
    const later = made('progressed', 3);
    const end = made('completed', 4);
    expect(latestProgress([early, later])).toEqual([later]);
    expect(latestProgress([early, later, end])).toEqual([end]);
    expect(latestProgress([end, later, made('queued', 1)]).map(({ type }) => type)).toEqual([
      'video.completed',
      'video.queued',
    ]);
  });
});

describe('wants', () => {
  it.each([
    [[], 'video.completed', true],
    [[], 'video.in_progress', false],
    [['video.in_progress'], 'video.in_progress', true],
    [['video.in_progress'], 'video.completed', false],
    [['*'], 'video.in_progress', true],
    [['video.failed'], 'video.completed', false],
  ] as const)('%j and %s: %p', (eventTypes, type, expected) => {
    expect(wants(eventTypes, type)).toBe(expected);
  });
});
