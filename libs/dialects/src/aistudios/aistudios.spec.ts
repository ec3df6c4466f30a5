import { readFileSync } from 'node:fs';
import { task as taskSchema } from '@videoapi/contracts';
import { z } from 'zod';
import { testDialect } from '../../test/test-dialect.js';
import { aistudios, aistudiosCredentials, aistudiosDelivery, aistudiosModels, aistudiosProject } from '../index.js';

const examples = new URL('./examples/', import.meta.url);
testDialect(aistudios, examples);

const view = { baseUrl: 'https://api.example.com' };
const tasks = z
  .array(z.object({ name: z.string(), task: taskSchema }))
  .parse(JSON.parse(readFileSync(new URL('tasks.json', examples), 'utf8')));
const exampleOf = (prefix: string) => tasks.find(({ name }) => name.startsWith(prefix))?.task ?? fail(prefix);

describe('a project', () => {
  it('is what was ordered, how far it is, and what it cost', () => {
    expect(aistudiosProject(exampleOf('completed'), view)).toEqual({
      success: true,
      data: {
        project: {
          _id: 'vidgen_1783003830450_081f0558',
          name: 'Test Project Using Api',
          orientation: 'landscape',
          resolution: '1080',
          state: 'Complete',
          progress: 100,
          backendTaskId: 'vidgen_1783003830450_081f0558',
          creditSubstracted: 11,
          createdAt: '2026-07-02T14:50:30.450Z',
          updatedAt: '2026-07-02T14:51:40.000Z',
          download_url: 'https://api.example.com/media/m1/sig.mp4',
        },
      },
    });
  });

  it('has no link and no price while it is made, and may have no name', () => {
    const other = { ...exampleOf('processing'), aspectRatio: '9:16', resolution: '4k', metadata: { project_name: 7 } };
    expect(aistudiosProject(other, view).data.project).toMatchObject({
      name: null,
      orientation: 'portrait',
      resolution: '4k',
      creditSubstracted: 0,
      updatedAt: '2026-07-02T14:50:31.000Z',
      download_url: null,
    });
  });

  it('says why it failed', () => {
    const error = { code: 'content_rejected', msg: 'The provider rejected the content.' };
    expect(aistudiosProject(exampleOf('failed'), view).data.project).toMatchObject({ state: 'Failed', error });
  });
});

describe('what its webhook is told', () => {
  it('at its end', () => {
    expect(aistudiosDelivery(exampleOf('completed'), view)).toEqual({
      progress: 100,
      credit: 11,
      backendTaskId: 'vidgen_1783003830450_081f0558',
      projectId: 'vidgen_1783003830450_081f0558',
      download_url: 'https://api.example.com/media/m1/sig.mp4',
    });
  });

  it('when it failed', () => {
    expect(aistudiosDelivery(exampleOf('failed'), view)).toEqual({
      progress: 42,
      credit: 0,
      backendTaskId: 'vidgen_1783003830450_081f0558',
      projectId: 'vidgen_1783003830450_081f0558',
      error: { code: 'content_rejected', msg: 'The provider rejected the content.' },
    });
  });
});

it('lists the models that take words and can be used now', () => {
  const model = (id: string, more: object = {}) => ({
    id,
    name: id.toUpperCase(),
    available: true,
    type: ['text-to-video' as const],
    ...more,
  });
  const models = [model('a'), model('b', { available: false }), model('c', { type: ['image-to-video'] })];
  expect(aistudiosModels(models).data.models).toEqual([
    { id: 'a', label: { en: 'A', ko: 'A' }, thumbnail: null, clothes: [] },
  ]);
});

describe('credentials', () => {
  it('are both of them', () => {
    expect(aistudiosCredentials({ appId: 'a', userKey: 'k', more: 1 })).toEqual({ appId: 'a', userKey: 'k' });
  });

  it.each([
    [{ appId: 'a' }, 'missing_parameter', 'userKey'],
    [{ userKey: 'k' }, 'missing_parameter', 'appId'],
    [{ appId: 7, userKey: 'k' }, 'invalid_field', 'appId'],
    [{ appId: 'a', userKey: '' }, 'invalid_field', 'userKey'],
  ])('%j is %s %s', (body, code, param) => {
    expect(() => aistudiosCredentials(body)).toThrow(expect.objectContaining({ code, param }));
  });

  it.each([undefined, null, 'text', []])('%p is no body', (body) => {
    expect(() => aistudiosCredentials(body)).toThrow(expect.objectContaining({ code: 'invalid_field' }));
  });
});

it('refuses scenes that are too much for one message', () => {
  const scenes = [{ scripts: [{ org: 'Hello.' }], background: { note: 'x'.repeat(300_000) } }];
  const order = () => aistudios.toSubmission({ scenes }, { allowHttpCallbacks: false });
  expect(order).toThrow(expect.objectContaining({ code: 'invalid_field', param: 'scenes' }));
});

function fail(what: string): never {
  throw new Error(`no example: ${what}`);
}
