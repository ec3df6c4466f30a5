import { Drain } from './drain.js';
import { Health } from './health.js';

function started() {
  const drain = new Drain();
  const health = new Health(drain);
  health.started();
  return { drain, health };
}

describe('Health', () => {
  it('is not ready before everything listens, nor once it drains', async () => {
    const drain = new Drain();
    const health = new Health(drain);
    expect(await health.readiness()).toMatchObject({ isReady: false, state: 'starting' });
    health.started();
    expect(await health.readiness()).toMatchObject({ isReady: true, state: 'ready' });
    drain.begin();
    expect(await health.readiness()).toMatchObject({ isReady: false, state: 'draining' });
  });

  it('asks every check and names those that fail, without their reasons', async () => {
    const { health } = started();
    health.check('database', () => Promise.resolve([{ one: 1 }]));
    health.check('nats', () => Promise.reject(new Error('nats://user:password@host')));
    health.check('s3', () => {
      throw new Error('not even a promise');
    });
    expect(await health.readiness()).toEqual({
      isReady: false,
      state: 'failing',
      checks: { database: 'ok', nats: 'failed', s3: 'failed' },
    });
  });

  it('does not wait for a check that hangs', async () => {
    const health = new Health(new Drain(), 20);
    health.started();
    health.check('nats', () => new Promise(() => undefined));
    health.check('database', () => Promise.resolve());
    expect(await health.readiness()).toMatchObject({ isReady: false, checks: { nats: 'timeout', database: 'ok' } });
  });
});
