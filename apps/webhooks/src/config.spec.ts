import { parseConfig } from '@videoapi/chassis';
import { envSchema, webhooksConfig } from './config.js';

const env = {
  HEALTH_PORT: '0',
  PORT: '0',
  DATABASE_URL: 'postgres://webhooks@localhost/videoapi',
  NATS_URL: 'nats://localhost:4222',
  PUBLIC_URL: 'https://api.example.com/',
  CALLBACK_TOKEN_KEY: 'k'.repeat(32),
  WEBHOOK_SECRET_KEK: Buffer.alloc(32, 1).toString('base64'),
};

describe('the configuration', () => {
  it('reads lists and secrets', () => {
    const parsed = parseConfig(envSchema, {
      ...env,
      EGRESS_ALLOW: '127.0.0.0/8,::1/128',
      ALLOW_HTTP_CALLBACKS: 'true',
      CALLBACK_SECRETS: '{"kling":["whsec_YQ=="]}',
    });
    expect(webhooksConfig(parsed)).toMatchObject({
      publicUrl: 'https://api.example.com',
      egress: { allow: ['127.0.0.0/8', '::1/128'], allowHttp: true },
      callbackSecrets: { kling: ['whsec_YQ=='] },
    });
  });

  it('defaults to public https and no secrets', () => {
    expect(webhooksConfig(parseConfig(envSchema, env))).toMatchObject({
      egress: { allow: [], allowHttp: false },
      callbackSecrets: {},
    });
  });

  it.each([
    ['WEBHOOK_SECRET_KEK', Buffer.alloc(16).toString('base64')],
    ['CALLBACK_SECRETS', 'nonsense'],
    ['CALLBACK_SECRETS', '{"kling":"whsec_x"}'],
    ['CALLBACK_TOKEN_KEY', 'short'],
  ])('refuses a bad %s without showing it', (name, value) => {
    expect(() => parseConfig(envSchema, { ...env, [name]: value })).toThrow(name);
  });
});
