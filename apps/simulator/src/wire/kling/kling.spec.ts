import { createHmac } from 'node:crypto';
import { Accounts } from '../../http/accounts.js';
import { parseInput } from '../../http/parse-body.js';
import { Refusal } from '../../http/refusal.js';
import { refusalOf, seenAs } from '../sighting.fixture.js';
import { accountOf, accountOfKey } from './auth.js';
import { AuthRefusal, refuse } from './errors.js';
import { type Kind, legacyBodies, orderOfLegacy } from './legacy-schema.js';
import { type Operation } from './models.js';
import { createBodies, orderOfCreate } from './schema.js';
import { newId, ownId } from './task-id.js';
import { createdView, klingWire, legacyViewOf, viewOf } from './view.js';

const caller = { account: 'acc', origin: 'http://sim' };
const order = (operation: Operation, model: string, body: unknown) =>
  orderOfCreate(operation, model, parseInput(createBodies[operation], body), caller);
const legacy = (kind: Kind, body: unknown) => orderOfLegacy(kind, parseInput(legacyBodies[kind], body), caller);

const prompt = 'a kitten yawns';
const text = { type: 'prompt', text: prompt };
const file = (type: string, more: object = {}) => ({ type, url: 'https://e.com/a.png', ...more });
const contents = (...items: object[]) => ({ contents: [text, ...items] });
const kitten = order('text-to-video', 'kling-3.0', {
  prompt,
  settings: { resolution: '1080p', duration: 4, aspect_ratio: '9:16', audio: 'native' },
  options: {
    external_task_id: 'att_1',
    callback_url: 'https://gw.example/cb/tok_1',
    watermark_info: { enabled: true },
  },
});
const oldKitten = legacy('text2video', {
  model_name: 'kling-v2-6',
  prompt,
  mode: 'pro',
  duration: '5',
  sound: 'on',
  external_task_id: 'att_1',
  callback_url: 'https://gw.example/cb/tok_1',
  watermark_info: { enabled: true },
});

describe('a create', () => {
  it('is read; the reference is the external id, else the end of the callback URL', () => {
    expect(kitten).toMatchObject({
      size: { width: 1080, height: 1920 },
      durationMs: 4000,
      audio: true,
      clientReference: 'att_1',
      echo: { units: '4.8' },
    });
    const options = { callback_url: 'https://gw/cb/x' };
    expect(order('text-to-video', 'kling-3.0', { prompt, options }).clientReference).toBe('x');
    expect(order('text-to-video', 'kling-3.0', { prompt }).clientReference).toBeUndefined();
    expect(oldKitten).toMatchObject({ size: { width: 1920, height: 1080 }, durationMs: 5000, audio: true });
  });

  it.each<[Operation, string, object]>([
    ['image-to-video', 'kling-3.0', contents(file('first_frame'), file('last_frame'))],
    ['image-to-video', 'kling-3.0', contents({ type: 'element', element_id: '1' }, file('first_frame'))],
    [
      'omni-video',
      'kling-3.0-omni',
      { ...contents(file('refer_image', { id: 'a' })), settings: { aspect_ratio: '1:1' } },
    ],
    ['omni-video', 'kling-o1', { ...contents(file('base_video')), settings: { audio: 'original' } }],
    ['text-to-video', 'kling-2.6', { prompt, settings: { resolution: '1080p', audio: 'native' } }],
  ])('%s %s takes %j', (operation, model, body) => {
    expect(order(operation, model, body).model).toBe(model);
  });

  it.each<[Operation, string, object, number, string?]>([
    ['text-to-video', 'kling-3.0', {}, 1201],
    ['text-to-video', 'kling-3.0', contents(), 1201],
    ['text-to-video', 'kling-3.0', { prompt, negative_prompt: 'rain' }, 1201],
    ['text-to-video', 'kling-3.0', { prompt, settings: { seed: 1 } }, 1201],
    ['text-to-video', 'kling-3.0', { prompt, settings: { duration: '5' } }, 1201],
    ['text-to-video', 'kling-3.0', { prompt, settings: { duration: 2 } }, 1201],
    ['text-to-video', 'kling-3.0', { prompt, settings: { audio: 'original' } }, 1201],
    ['text-to-video', 'kling-2.6', { prompt, settings: { duration: 6 } }, 1201],
    ['text-to-video', 'kling-2.6', { prompt, settings: { audio: 'native' } }, 1201],
    ['text-to-video', 'kling-2.5-turbo', { prompt, settings: { resolution: '4k' } }, 1201],
    ['text-to-video', 'kling-2.5-turbo', { prompt, settings: { multi_shot: true } }, 1201],
    ['image-to-video', 'kling-3.0', contents(file('last_frame')), 1201],
    ['image-to-video', 'kling-3.0', contents(file('refer_image')), 1201],
    ['image-to-video', 'kling-3.0-turbo', contents(file('first_frame'), file('last_frame')), 1201],
    ['image-to-video', 'kling-3.0', { ...contents(file('first_frame')), settings: { aspect_ratio: '1:1' } }, 1201],
    ['omni-video', 'kling-3.0-omni', contents(), 1201],
    ['omni-video', 'kling-3.0-omni', contents(file('base_video'), file('feature_video')), 1201],
    ['omni-video', 'kling-3.0', contents(file('first_frame')), 1203],
    ['text-to-video', 'kling-v2-6', { prompt }, 1203],
    ['text-to-video', '__proto__', { prompt }, 1203],
  ])('%s %s does not take %j', (operation, model, body, code) => {
    const reply = refuse(
      refusalOf(() => order(operation, model, body)),
      'r1',
    );
    expect(reply).toMatchObject({ status: code === 1203 ? 404 : 400, body: { code, request_id: 'r1' } });
  });

  it.each<[Kind, object, number]>([
    ['text2video', { model_name: 'kling-v2-6', prompt, duration: 5 }, 1201],
    ['text2video', { model_name: 'kling-v2-6', prompt, duration: '7' }, 1201],
    ['text2video', { model_name: 'kling-v2-6', prompt, mode: '4k' }, 1201],
    ['text2video', { model_name: 'kling-v2-6', prompt, sound: 'on' }, 1201],
    ['text2video', { model_name: 'kling-v2-6', prompt, cfg_scale: 0.5 }, 1201],
    ['text2video', { model_name: 'kling-v3', prompt, multi_shot: true }, 1201],
    ['text2video', { model_name: 'kling-v1', prompt }, 1203],
    ['image2video', { model_name: 'kling-v2-6', prompt }, 1201],
    ['image2video', { model_name: 'kling-v2-6', prompt, image: 'data:image/png;base64,AA' }, 1201],
    ['image2video', { model_name: 'kling-v2-6', prompt, image: 'AA==', aspect_ratio: '1:1' }, 1201],
    ['omni-video', { model_name: 'kling-v3-omni', prompt }, 1201],
    ['omni-video', { model_name: 'kling-v3-omni', prompt, video_list: [{ video_url: 'v' }], sound: 'on' }, 1201],
    ['omni-video', { model_name: 'kling-v2-6', prompt, aspect_ratio: '1:1' }, 1203],
  ])('legacy %s does not take %j', (kind, body, code) => {
    const reply = refuse(
      refusalOf(() => legacy(kind, body)),
      'r1',
    );
    expect(reply.body).toMatchObject({ code });
  });
});

describe('a credential', () => {
  const accounts = new Accounts(undefined, undefined);
  const now = 1_781_080_794_000;
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const token = (claims: object, secret = 'secret-of-ak', alg = 'HS256') => {
    const signed = `${encode({ alg, typ: 'JWT' })}.${encode({ iss: 'ak', exp: 1_781_082_594, nbf: 1_781_080_789, ...claims })}`;
    return `Bearer ${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
  };
  const codeOf = (work: () => unknown) => {
    const refusal = refusalOf(work);
    expect(refusal).toBeInstanceOf(AuthRefusal);
    return refuse(refusal, 'r').body;
  };

  it('is a key, or for the legacy generation a signed token', () => {
    expect(accountOfKey(accounts, 'Bearer api-key-kling-1')).toEqual(
      accountOf(accounts, 'Bearer api-key-kling-1', now),
    );
    const account = accountOf(accounts, token({}), now);
    expect(account).toMatch(/^[0-9a-f]{16}$/);
    expect(accounts.secretOf(account)).toBe('secret-of-ak');
  });

  it.each([
    ['none', undefined, 1001, 'Authorization is empty'],
    ['a wrong key', 'Bearer bad-key', 1002, 'api key not found'],
    ['a wrong access key', token({ iss: 'bad-ak' }, 'secret-of-bad-ak'), 1002, 'access key not found'],
    ['another secret', token({}, 'another secret'), 1000, 'signature is invalid'],
    ['another algorithm', token({}, 'secret-of-ak', 'none'), 1000, 'Authorization is invalid'],
    ['one of the future', token({ nbf: 1_781_080_800 }), 1003, 'Authorization is not yet valid'],
    ['one that ran out', token({ exp: 1_781_080_794 }), 1004, 'Authorization has expired'],
  ])('%s is refused', (_, authorization, code, message) => {
    expect(codeOf(() => accountOf(accounts, authorization, now))).toMatchObject({ code, message });
  });

  it('of two keys does not open the new generation', () => {
    const message = 'The current API does not support AK/SK';
    expect(codeOf(() => accountOfKey(accounts, token({})))).toMatchObject({ code: 1002, message });
  });
});

it.each([
  ['no_balance', 429, 1102],
  ['rate_limited', 429, 1303],
  ['moderated', 400, 1301],
  ['overloaded', 503, 5001],
  ['server_error', 500, 5000],
  ['not_found', 404, 1203],
  ['bad_credentials', 401, 1002],
] as const)('%s is %i with code %i', (kind, status, code) => {
  expect(refuse(new Refusal(kind, 'x'), 'r')).toMatchObject({ status, body: { code } });
});

describe('a task', () => {
  it('that succeeded: text for seconds and for money, both links', () => {
    expect(viewOf(seenAs('succeeded', kitten, '178108077880200001'))).toEqual({
      id: '178108077880200001',
      status: 'succeeded',
      message: '',
      create_time: 1_767_323_045_678,
      update_time: 1_767_323_056_678,
      external_id: 'att_1',
      outputs: [
        {
          type: 'video',
          id: '1781080778802000019',
          url: 'http://sim/files/178108077880200001.mp4',
          watermark_url: 'http://sim/files/178108077880200001.mp4?watermark=1',
          duration: '4.00',
        },
      ],
      billing: [{ charge_type: 'unit', amount: '4.8', package_type: 'video' }],
    });
  });

  it('that succeeded, legacy: spelled otherwise', () => {
    expect(legacyViewOf(seenAs('succeeded', oldKitten, '1'))).toMatchObject({
      task_id: '1',
      task_status: 'succeed',
      task_info: { external_task_id: 'att_1' },
      task_result: { videos: [{ url: 'http://sim/files/1.mp4', duration: '5.0' }] },
      final_unit_deduction: '5',
    });
  });

  it.each([
    ['queued', 'submitted', ''],
    ['running', 'processing', ''],
    ['failed', 'failed', 'Service exception, please try again'],
    ['moderated', 'failed', 'Failure to pass the risk control system'],
    ['expired', 'failed', 'Task timeout'],
    ['cancelled', 'failed', 'Task canceled'],
  ] as const)('%s is %s, without a result', (phase, status, message) => {
    const shown = viewOf(seenAs(phase, kitten));
    expect(shown).toMatchObject({ status, message });
    expect(shown).not.toHaveProperty('outputs');
    const old = legacyViewOf(seenAs(phase, oldKitten));
    expect(old).toMatchObject({ task_status: status, task_status_msg: message, task_info: {}, task_result: {} });
    expect(old).not.toHaveProperty('final_unit_deduction');
  });

  it('is announced as submitted', () => {
    expect(createdView(seenAs('queued', kitten))).toMatchObject({ id: 'id_1', status: 'submitted' });
    const info = { external_task_id: 'att_1' };
    expect(createdView(seenAs('queued', oldKitten))).toMatchObject({ task_id: 'id_1', task_info: info });
  });

  it('has an id that no number holds', () => {
    const [one, two] = [newId(1_781_080_794_000), newId(1_781_080_794_000)];
    expect(one).not.toBe(two);
    expect(one).toMatch(ownId);
    expect(String(Number(one)) === one && String(Number(two)) === two).toBe(false);
  });
});

it('calls back with the task, flat and signed', () => {
  const secret = 'whsec_dGVzdHNlY3JldHRlc3RzZWNyZXR0ZXN0c2VjcmV0MTI=';
  const callback = (sighting: ReturnType<typeof seenAs>) =>
    klingWire.callback?.({ ...sighting, url: 'https://gw.example/cb/tok_1', secret, now: 1_781_080_794_000 });
  const seen = seenAs('succeeded', kitten);
  const message = callback(seen);
  const { body = '', headers = {} } = message ?? {};
  expect(JSON.parse(body)).toEqual(viewOf(seen));
  const signed = `${headers['webhook-id']}.1781080794.${body}`;
  const mac = createHmac('sha256', Buffer.from(secret.slice(6), 'base64'))
    .update(signed)
    .digest('base64');
  expect(headers).toMatchObject({ 'webhook-timestamp': '1781080794', 'webhook-signature': `v1,${mac}` });

  const old = JSON.parse(callback(seenAs('succeeded', oldKitten))?.body ?? '');
  expect(old).toMatchObject({ task_status: 'succeed' });
  expect(old.task_result.videos[0]).not.toHaveProperty('watermark_url');
});
