import { catalog, taskRequest, taskSubmission, type TaskSubmission } from '@videoapi/contracts';
import { adapterCatalog } from '@videoapi/providers/catalog';
import { defaultCatalog } from '../../test/catalog.js';
import { CatalogSnapshot } from '../catalog/snapshot.js';
import { assetsOf, prepare } from './prepare.js';

const { channels, ...rest } = catalog.parse(defaultCatalog);
const snapshot = new CatalogSnapshot(
  {
    ...rest,
    revision: '1',
    credentialsVersion: 0,
    channels: channels.map((channel) => ({ ...channel, draining: false })),
  },
  adapterCatalog,
);

function submission(request: object = {}): TaskSubmission {
  return taskSubmission.parse({
    taskId: 'vidgen_1760000000123_0000abcd',
    accountId: 'acc',
    apiKeyId: 'key',
    mode: 'live',
    request: { model: 'quick', prompt: 'a cat', ...request },
    callback: null,
  });
}

describe('prepare', () => {
  it('freezes what the task will be held to', () => {
    const { task, totalSeconds } = prepare(submission({ model: 'hasty', endUserId: 'ann' }), snapshot);
    expect(task).toMatchObject({
      type: 'text-to-video',
      timing: { queue: 60, submit: 5, generation: 5, p50: 0.5 },
      priceParams: { resolution: '240p', durationMs: 5_000, audio: false },
      endUserId: 'ann',
      maxCredits: null,
    });
    expect(totalSeconds).toBe(30);
    expect(task.createdAt.getTime()).toBe(1_760_000_000_123);
  });

  it.each([
    ['metadata', { metadata: { note: 'a\0b' } }],
    ['metadata', { metadata: { deep: [{ 'k\0': 1 }] } }],
    ['endUserId', { endUserId: '\ud800' }],
  ])('refuses what PostgreSQL cannot keep in %s', (param, request) => {
    expect(() => prepare(submission(request), snapshot)).toThrow(
      expect.objectContaining({ code: 'invalid_field', param }),
    );
  });

  it.each(['live', 'test'] as const)('takes in %s mode the options that live routes have, and no others', (mode) => {
    const order = (model: string, providerOptions: object) =>
      prepare({ ...submission({ model, providerOptions }), mode }, snapshot);
    expect(order('uncancellable', { fps: 24 }).task.resolved.providerOptions).toEqual({ fps: 24 });
    for (const [model, option] of [
      ['uncancellable', 'speed'],
      ['quick', 'fps'],
    ] as const) {
      const refused = { code: 'invalid_field', param: `providerOptions.${option}` };
      expect(() => order(model, { [option]: 1 })).toThrow(expect.objectContaining(refused));
    }
  });
});

it('names every asset by its field', () => {
  const request = taskRequest.parse({
    model: 'm',
    prompt: '',
    images: ['i0', 'i1'],
    audios: ['a0'],
    videos: ['v0'],
    firstFrame: 'f',
    lastFrame: 'l',
  });
  expect(assetsOf(request)).toEqual([
    { source: 'i0', kind: 'image', param: 'images[0]' },
    { source: 'i1', kind: 'image', param: 'images[1]' },
    { source: 'v0', kind: 'video', param: 'videos[0]' },
    { source: 'a0', kind: 'audio', param: 'audios[0]' },
    { source: 'f', kind: 'image', param: 'firstFrame' },
    { source: 'l', kind: 'image', param: 'lastFrame' },
  ]);
});
