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

it('lets a channel name any variable but our own settings', () => {
  const { secretEnv } = workerConfig(parseConfig(env, least), { ...least, ARK_API_KEY: 'sk-1' });

  expect(secretEnv).toEqual({ ARK_API_KEY: 'sk-1' });
});
