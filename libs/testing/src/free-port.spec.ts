import { once } from 'node:events';
import { createServer } from 'node:net';
import { freePort, freePortRange } from './free-port.js';

it('gives each port once, none that the system may give to a connection', async () => {
  const ports: number[] = [];
  for (let index = 0; index < 20; index += 1) ports.push(await freePort());
  expect(new Set(ports).size).toBe(20);
  expect(Math.max(...ports)).toBeLessThan(32_768);
});

it('passes over what somebody listens on', async () => {
  const port = (await freePort()) + 3;
  const taken = createServer().listen(port, '127.0.0.1');
  await once(taken, 'listening');
  const first = await freePortRange(5);
  expect(first <= port && port < first + 5).toBe(false);
  taken.close();
});
