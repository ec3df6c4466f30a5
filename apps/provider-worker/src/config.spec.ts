import { parseConfig } from '@videoapi/chassis';
import { adapters } from '@videoapi/providers';
import { env, workerConfig } from './config.js';

const least = { NATS_URL: 'nats://127.0.0.1:4222', HEALTH_PORT: '9000', PROVIDERS: 'simulator, openai-compatible' };

it('reads lanes and has defaults for the rest', () => {
  expect(workerConfig(parseConfig(env, least), least)).toMatchObject({
    lanes: ['simulator', 'openai-compatible'],
    channelConcurrency: 256,
    maxResultBytes: 2_000 * 1024 * 1024,
  });
});

it('takes * for the lanes of all providers', () => {
  const { lanes } = workerConfig(parseConfig(env, { ...least, PROVIDERS: '*, kling-fast' }), least);

  expect(lanes).toEqual([...Object.keys(adapters), 'kling-fast']);
});

it.each(['', ' , ', 'Kling', 'a.b', 'a>'])('refuses %p as lanes', (PROVIDERS) => {
  expect(() => parseConfig(env, { ...least, PROVIDERS })).toThrow('PROVIDERS');
});

it('takes several keys for credentials, or none', () => {
  const keks = [1, 2].map((byte) => Buffer.alloc(32, byte));
  const text = keks.map((kek) => kek.toString('base64')).join(', ');

  expect(workerConfig(parseConfig(env, { ...least, CREDENTIAL_KEK: text }), least).credentialKeks).toEqual(keks);
  expect(workerConfig(parseConfig(env, least), { CREDENTIAL_KEK: text })).toMatchObject({
    credentialKeks: [],
    secretEnv: {},
  });
  const short = Buffer.alloc(16, 7).toString('base64');
  expect(() => parseConfig(env, { ...least, CREDENTIAL_KEK: `${text},${short}` })).toThrow('CREDENTIAL_KEK');
  expect(() => parseConfig(env, { ...least, CREDENTIAL_KEK: short })).not.toThrow(short);
});

it('lets a channel name any variable but our own settings', () => {
  const { secretEnv } = workerConfig(parseConfig(env, least), { ...least, ARK_API_KEY: 'sk-1' });

  expect(secretEnv).toEqual({ ARK_API_KEY: 'sk-1' });
});
