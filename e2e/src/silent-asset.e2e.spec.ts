import { createServer, type Server } from 'node:http';
import { newCustomer, smallVideo } from './customer.js';
import { holds } from './ledger.js';
import { query, sharedStack } from './stack.js';

const stack = sharedStack();
const port = Number(process.env['E2E_SILENT_PORT']);
let site: Server;
let asked = 0;

beforeAll(async () => {
  site = createServer(() => (asked += 1)); // and never answers
  await new Promise<void>((resolve) => site.listen(port, '127.0.0.1', resolve));
});
afterAll(() => {
  site.close();
  site.closeAllConnections();
});

it('an asset URL that never answers is 422, and those who came with it get their tasks', async () => {
  const [silent, neighbour] = await Promise.all([newCustomer(stack, 10_000), newCustomer(stack, 10_000)]);
  const image = `http://127.0.0.1:${port}/a.png`;
  const pairs = Array.from({ length: 20 }, () => ({
    stuck: silent.create({ ...smallVideo, image_urls: [image], prompt: '@Image1 moves' }),
    made: neighbour.create(smallVideo),
  }));

  const made = await Promise.all(pairs.map((pair) => pair.made));
  expect(new Set(made.map(({ status }) => status))).toEqual(new Set([200]));
  for (const { stuck } of pairs) {
    expect(await stuck).toMatchObject({
      status: 422,
      body: { error: { code: 'asset_unreachable', param: 'image_urls[0]' } },
    });
  }
  // They were looked at, and none of them twice.
  expect(asked).toBeGreaterThan(0);
  expect(asked).toBeLessThanOrEqual(20);

  const tasks = 'SELECT id FROM task WHERE account_id = $1';
  expect(await query(stack, 'orchestrator', tasks, [neighbour.accountId])).toHaveLength(20);
  expect(await query(stack, 'orchestrator', tasks, [silent.accountId])).toEqual([]);
  expect(await holds(stack, silent.accountId)).toEqual({});
});
