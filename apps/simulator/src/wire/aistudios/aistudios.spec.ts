import { Accounts } from '../../http/accounts.js';
import { parseInput } from '../../http/parse-body.js';
import { Refusal, type RefusalKind } from '../../http/refusal.js';
import { refusalOf, seenAs } from '../sighting.fixture.js';
import { checkRegion, orderOfProject, orderOfQuick, projectBody, quickBody } from './schema.js';
import { OdinTokens } from './tokens.js';
import { aistudiosWire, listed, progressOf, projectOf } from './view.js';

const caller = { account: 'acc', origin: 'http://sim', isChina: false };
const webhookUrl = 'https://gw.example/cb/tok_1';
const background = { id: 'background', type: 'background', source_type: 'image', source_url: '/images/bg.png' };
const place = { layer: 1, top: 144.6, left: 630.2, height: 2229, width: 679 };
const clip = { id: 'aiModel-1', type: 'aiModel', ...place, model: { ai_name: 'M1', emotion: 'B1', language: 'en' } };
const script = { org: 'Hello there.', isTTS: false, tts: null, modelId: 'M1', clothId: 'B1' };
const scene = { sceneIdx: 0, scripts: [script], background, clips: [clip] };
const project = (body: object) => orderOfProject(parseInput(projectBody, { scenes: [scene], ...body }), caller);
const quick = (body: object) =>
  orderOfQuick(parseInput(quickBody, { language: 'en', text: 'Hello.', model: 'M1', clothes: 'B1', ...body }), caller);
const hello = project({ name: 'att_1', orientation: 'portrait', resolution: '720', webhookUrl });

it('reads a project; the reference is its name, else the end of the webhook URL', () => {
  expect(hello).toMatchObject({
    clientReference: 'att_1',
    model: 'M1/B1',
    prompt: 'Hello there.',
    size: { width: 720, height: 1280 },
    durationMs: 1000,
    audio: true,
    callbackUrl: webhookUrl,
  });
  expect(project({ webhookUrl }).clientReference).toBe('tok_1');
  expect(project({}).size).toEqual({ width: 1920, height: 1080 });
});

it('reads words that stand in the clip, without their markup', () => {
  const older = { ...clip, script: { org: '<p>Hello, <span>this</span> is a test.</p>' } };
  expect(project({ scenes: [{ sceneIdx: 0, background, clips: [older] }] })).toMatchObject({
    model: 'M1/B1',
    prompt: 'Hello, this is a test.',
  });
});

it('speaks fifteen letters a second, and no directive', () => {
  const text = `${'x'.repeat(30)} [[sim:slow=10]]`;
  expect(project({ scenes: [scene, { ...scene, scripts: [{ ...script, org: text }] }] })).toMatchObject({
    prompt: `Hello there. ${text}`,
    durationMs: 3000,
  });
});

it('reads a quick render', () => {
  expect(quick({ webhookUrl })).toMatchObject({ clientReference: 'tok_1', model: 'M1/B1', prompt: 'Hello.' });
});

it.each<[object, string]>([
  [{ scenes: undefined }, 'scenes'],
  [{ scenes: [] }, 'scenes'],
  [{ scenes: [{ ...scene, sceneIdx: undefined }] }, 'scenes.0.sceneIdx'],
  [{ scenes: [{ ...scene, background: undefined }] }, 'scenes.0.background'],
  [{ scenes: [{ ...scene, scripts: [script, script] }] }, 'scenes.0.scripts'],
  [{ scenes: [{ ...scene, scripts: [{ ...script, tts: undefined }] }] }, 'scenes.0.scripts.0.tts'],
  [{ scenes: [{ ...scene, scripts: [{ ...script, modelId: 'M2' }] }] }, 'scenes.0.scripts'],
  [{ scenes: [{ ...scene, scripts: undefined }] }, 'scenes.0.scripts'],
  [{ scenes: [{ ...scene, clips: [{ ...clip, layer: undefined }] }] }, 'scenes.0.clips.0.layer'],
  [{ resolution: '1080p' }, 'resolution'],
  [{ orientation: '9:16' }, 'orientation'],
])('refuses %j with HTTP 200', (body, param) => {
  expect(refusalOf(() => project(body))).toMatchObject({ kind: 'invalid', param });
  const reply = aistudiosWire.refuse(
    refusalOf(() => project(body)),
    'r',
    '',
  );
  expect(reply).toMatchObject({ status: 200, body: { success: false, error: { code: 'INVALID_PARAMETER' } } });
});

it('knows fewer fields in China', () => {
  const china = { ...caller, isChina: true };
  checkRegion({ isExport: true, resolution: '720' }, caller);
  checkRegion({ webhookUrl }, china);
  for (const field of ['isExport', 'resolution', 'workspaceId']) {
    expect(refusalOf(() => checkRegion({ [field]: '720' }, china))).toMatchObject({ param: field });
  }
});

it.each<[RefusalKind, number, string | number]>([
  ['bad_credentials', 401, 'UNAUTHORIZED'],
  ['no_balance', 200, 402],
  ['not_found', 200, 'PROJECT_NOT_FOUND'],
  ['server_error', 500, 'INTERNAL'],
])('%s is %i %s', (kind, status, code) => {
  const reply = aistudiosWire.refuse(new Refusal(kind, 'why'), 'r', '');
  expect(reply).toEqual({ status, body: { success: false, error: { code, msg: 'why' } } });
});

describe('tokens', () => {
  const accounts = new Accounts(undefined, undefined);
  const tokens = new OdinTokens(accounts);
  const issue = (appId: string) => tokens.issue(appId, accounts.secretOfAccessKey(appId), 0) ?? '';

  it('are for a pair that belongs together, bare, and for a day', () => {
    const token = issue('app');
    expect(tokens.accountOf(token, 1)).toBe(accounts.accountOf('app', 's'));
    expect(() => tokens.accountOf(`Bearer ${token}`, 1)).toThrow('Unauthorized');
    expect(() => tokens.accountOf(token, 86_400_000)).toThrow('Unauthorized');
    expect(() => tokens.accountOf(undefined, 1)).toThrow('Unauthorized');
    expect(tokens.issue('app', 'another secret', 0)).toBeUndefined();
    expect(issue('bad-app')).toBe('');
  });

  it('of a brief app serve three calls', () => {
    const token = issue('brief-app');
    for (let use = 0; use < 3; use += 1) tokens.accountOf(token, 1);
    expect(() => tokens.accountOf(token, 1)).toThrow('Unauthorized');
  });
});

it.each([
  ['queued', { progress: 0, state: 'wait' }],
  ['running', { progress: 49.37, state: 'synthesis' }],
  ['succeeded', { progress: 100, downloadUrl: 'http://sim/files/65fa.mp4' }],
  ['failed', { progress: 99, state: 'failed' }],
  ['moderated', { state: 'failed', error: { code: 'CONTENT_PROHIBITED' } }],
  ['expired', { state: 'failed' }],
] as const)('shows %s as %j', (phase, expected) => {
  expect(progressOf(seenAs(phase, hello, '65fa'), true)).toMatchObject(expected);
});

it('shows 100 before there is a link', () => {
  expect(progressOf(seenAs('succeeded', hello, '65fa'), false)).toEqual({ progress: 100 });
});

it('lists a project with its name, and shows it with another id beside its own', () => {
  const seen = seenAs('succeeded', hello, '65fa');
  const download_url = 'http://sim/files/65fa.mp4';
  expect(listed(seen)).toEqual({ id: '65fa', name: 'att_1', state: 'exported', download_url });
  expect(projectOf(seen)).toMatchObject({ _id: '65fa', backendTaskId: 'fa65', creditSubstracted: 1, download_url });
});

it('calls back unsigned: progress alone, and at the end credit and link', () => {
  const message = (phase: 'running' | 'succeeded') => {
    const { render, state } = seenAs(phase, hello, '65fa');
    return aistudiosWire.callback?.({ render, state, url: webhookUrl, secret: 's', now: 0 });
  };
  expect(JSON.parse(message('running')?.body ?? '')).toEqual({ progress: 49, backendTaskId: 'fa65' });
  expect(JSON.parse(message('succeeded')?.body ?? '')).toEqual({
    progress: 100,
    backendTaskId: 'fa65',
    credit: 1,
    download_url: 'http://sim/files/65fa.mp4',
  });
  expect(Object.keys(message('succeeded')?.headers ?? {})).toEqual(['content-type']);
});
