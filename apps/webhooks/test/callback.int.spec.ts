import { callbackReceived } from '@videoapi/contracts';
import { LiveEvents } from '@videoapi/messaging';
import { eventually } from '@videoapi/testing';
import { newAttempt, rows, startWorld, type World } from './world.js';

let world: World;
const heard: unknown[] = [];
beforeAll(async () => {
  world = await startWorld();
  new LiveEvents(world.connection).subscribe(callbackReceived.subject, (_, { data }) => heard.push(data));
}, 60_000);
afterAll(() => world.stop());

describe('a callback', () => {
  it('is stored byte for byte before the answer, and wakes the orchestrator', async () => {
    const attemptId = newAttempt();
    const body = Buffer.from([0x7b, 0x00, 0xff, 0x7d]);
    const response = await fetch(`${world.url ? world.callbackUrl('hinting', attemptId) : ''}?a=1&a=2`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });

    expect(response.status).toBe(200);
    const [row] = await rows<{ body: Buffer }>(world, 'SELECT * FROM inbound_callback WHERE attempt_id = $1', [
      attemptId,
    ]);
    expect(row).toMatchObject({
      provider: 'hinting',
      method: 'POST',
      query: 'a=1&a=2',
      trust: 'hint',
      state: 'accepted',
    });
    expect(row?.body.equals(body)).toBe(true);
    await eventually(() => expect(heard).toContainEqual(expect.objectContaining({ attemptId, trust: 'hint' })));
  });
});
