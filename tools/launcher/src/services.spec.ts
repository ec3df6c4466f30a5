import { createPublicKey } from 'node:crypto';
import { openSecrets } from './secrets.js';
import { environmentOf, services } from './services.js';
import { readSettings } from './settings.js';
import { describeStack } from './stack.js';
import { tempDir } from '@videoapi/testing';

const home = tempDir();
const user: NodeJS.ProcessEnv = { PATH: '/bin', LOG_LEVEL: 'debug', DATABASE_URL: 'postgres://elsewhere/x', PORT: '1' };

function environments(env: NodeJS.ProcessEnv, exported = user): Record<string, NodeJS.ProcessEnv> {
  const stack = describeStack(readSettings({ VIDEOAPI_HOME: home, ...env }, '/repo'), openSecrets(home));
  return Object.fromEntries(
    services.map((service, index) => [service.name, environmentOf(service, index, stack, exported)]),
  );
}

describe('environmentOf', () => {
  const all = environments({ VIDEOAPI_PORT_BASE: '9000' });

  it('gives every service a health port of its own, and every listener another port', () => {
    const health = Object.values(all).map((env) => env['HEALTH_PORT']);
    expect(health).toEqual(['9020', '9021', '9022', '9023', '9024', '9025', '9026']);
    expect(all['gateway']?.['PORT']).toBe('9000');
    expect(all['webhooks']?.['PORT']).toBe('9001');
    expect(all['uploads']?.['PORT']).toBe('9002');
    expect(all['simulator']?.['PORT']).toBe('9003');
  });

  it('lets the user set what is not ours to set', () => {
    expect(all['billing']?.['LOG_LEVEL']).toBe('debug');
    expect(all['billing']?.['DATABASE_URL']).toMatch(/^postgres:\/\/videoapi_billing:.+@127.0.0.1:9010\/videoapi$/);
  });

  it('names the same keys to those who share them', () => {
    expect(all['orchestrator']?.['CALLBACK_TOKEN_KEY']).toBe(all['webhooks']?.['CALLBACK_TOKEN_KEY']);
    expect(all['gateway']?.['INTERNAL_TOKEN_KEY']).toBe(all['uploads']?.['INTERNAL_TOKEN_KEY']);
    expect(all['provider-worker']?.['SIMULATOR_API_KEY']).toBe(all['simulator']?.['SIMULATOR_API_KEY']);
  });

  it('gives the bucket to uploads alone, and deliveries to loopback to those that deliver', () => {
    const holders = (name: string): string[] => Object.keys(all).filter((key) => all[key]?.[name] !== undefined);
    expect(holders('S3_SECRET_ACCESS_KEY')).toEqual(['uploads']);
    expect(holders('CREDENTIAL_KEK')).toEqual(['provider-worker']);
    expect(holders('EGRESS_ALLOW')).toEqual(['gateway', 'uploads', 'webhooks']);
    // The gateway refuses at submit what the webhooks service would refuse at the delivery.
    expect(all['gateway']?.['EGRESS_ALLOW']).toBe(all['webhooks']?.['EGRESS_ALLOW']);
    expect(all['uploads']?.['EGRESS_ALLOW']).toBe('127.0.0.1/32:9003');
  });

  it('lets no asset URL lead to a private address, unless the user says so', () => {
    const assetAllow = (env: Record<string, NodeJS.ProcessEnv>) => env['uploads']?.['ASSET_ALLOW'];
    expect(assetAllow(all)).toBeUndefined();
    const opened = environments({ VIDEOAPI_PORT_BASE: '9000' }, { ...user, ASSET_ALLOW: '127.0.0.2/32:9040' });
    expect(assetAllow(opened)).toBe('127.0.0.2/32:9040');
    expect(opened['provider-worker']?.['ASSET_ALLOW']).toBe(all['provider-worker']?.['ASSET_ALLOW']);
  });

  it('gives the worker a key pair that the simulator knows, and the object store to read uploads from', () => {
    expect(all['provider-worker']).toMatchObject({
      SIMULATOR_ACCESS_KEY: 'ak-sim',
      SIMULATOR_SECRET_KEY: 'secret-of-ak-sim',
      ASSET_ALLOW: all['uploads']?.['S3_ENDPOINT']?.replace('http://127.0.0.1:', '127.0.0.1/32:'),
    });
  });

  it('gives the worker a service account whose key has its public half for an id', () => {
    const account = JSON.parse(all['provider-worker']?.['SIMULATOR_SERVICE_ACCOUNT'] ?? '');
    const publicKey = createPublicKey(account.private_key).export({ type: 'spki', format: 'der' });
    expect(account.private_key_id).toBe(publicKey.toString('base64url'));
    expect(all['webhooks']?.['SIMULATOR_SERVICE_ACCOUNT']).toBeUndefined();
  });

  it('uses the servers that the environment brings', () => {
    const outside = environments({
      VIDEOAPI_POSTGRES_URL: 'postgres://admin:secret@db.example:5432/prod?sslmode=require',
      VIDEOAPI_NATS_URL: 'nats://bus.example:4222',
    });
    expect(outside['uploads']?.['DATABASE_URL']).toMatch(
      /^postgres:\/\/videoapi_uploads:[^:@]+@db.example:5432\/prod\?sslmode=require$/,
    );
    expect(outside['uploads']?.['NATS_URL']).toBe('nats://bus.example:4222');
  });
});

describe('openSecrets', () => {
  it('makes them once', () => {
    expect(openSecrets(home)).toEqual(openSecrets(home));
    expect(openSecrets(home).apiKeyPepper).not.toBe(openSecrets(tempDir()).apiKeyPepper);
  });
});

describe('readSettings', () => {
  it('names what is wrong and never says the value', () => {
    const wrong = { VIDEOAPI_PORT_BASE: 'eighty', VIDEOAPI_POSTGRES_URL: 'mysql://root:hunter2@db' };
    expect(() => readSettings(wrong, '/repo')).toThrow(/VIDEOAPI_PORT_BASE[^]*VIDEOAPI_POSTGRES_URL/);
    expect(() => readSettings(wrong, '/repo')).not.toThrow(/hunter2/);
  });

  it('wants credentials with an S3 endpoint', () => {
    expect(() => readSettings({ VIDEOAPI_S3_ENDPOINT: 'https://s3.example' }, '/repo')).toThrow(/ACCESS_KEY/);
  });
});
