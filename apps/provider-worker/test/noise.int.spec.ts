import { randomUUID } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { type Observation, pollJob, submitJob } from '@videoapi/contracts';
import fc from 'fast-check';
import { type Report, World } from './world.js';

const lanes = ['simulator', 'openai-compatible', 'seedance'];
const samples = 12;

let world: World;
let noise: Server;
let url: string;
/** What comes out of the socket, whatever is asked. */
let bytes: Buffer;

beforeAll(async () => {
  world = await World.open();
  const sockets = new Set<Socket>();
  noise = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    socket.once('data', () => socket.end(bytes));
  }).on('close', () => sockets.forEach((socket) => socket.destroy()));
  await new Promise<void>((resolve) => noise.listen(0, '127.0.0.1', resolve));
  const address = noise.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
});
afterAll(async () => {
  noise.close();
  await world.close();
});

const head = fc.constantFrom(
  '',
  'HTTP/1.1 200 OK\r\n\r\n',
  'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n',
  'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n',
  'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\n',
  'HTTP/1.1 500 Broken\r\n\r\n',
  'HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\n\r\n',
  'HTTP/1.1 ',
);
const body = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((values) => Buffer.from(values)),
  fc.json().map((text) => Buffer.from(text)),
);
const replies = fc.tuple(head, body).map(([start, rest]) => Buffer.concat([Buffer.from(start), rest]));

it.each(lanes)('%s: no bytes end a running attempt, start one, or stop the worker', async (provider) => {
  for (const reply of fc.sample(replies, samples)) {
    bytes = reply;
    const order = world.order(provider, { channel: world.channel(provider, { baseUrl: url }) });
    const attempt = {
      attemptId: randomUUID(),
      taskId: order.taskId,
      epoch: 1,
      handle: { id: 'x' },
      look: 1,
      last: null,
    };
    await world.publisher.publishJob(submitJob, provider, { id: randomUUID(), data: order });
    const data = { channel: order.channel, polls: [attempt] };
    await world.publisher.publishJob(pollJob, provider, { id: randomUUID(), data });

    const [submitted] = await world.reports(order.attemptId);
    const [seen] = await world.reports(attempt.attemptId);

    // A refusal needs a status that refuses; a success that cannot be read is in doubt.
    const said = reply.toString('latin1');
    expect([submitted?.fact, said]).toEqual([said.startsWith('HTTP/1.1 302') ? 'refused' : 'unknown', said]);
    expect(['running', 'unreadable']).toContain(stateOf(seen));
  }
  const order = world.order(provider);
  world.provider.answer = () => ({ status: 400, body: { error: { code: 'x', message: 'as you like' } } });
  await world.publisher.publishJob(submitJob, provider, { id: randomUUID(), data: order });
  expect(await world.reports(order.attemptId)).toMatchObject([{ fact: 'refused' }]);
});

function stateOf(report: Report | undefined): Observation['state'] | undefined {
  const observation = report?.data['observation'];
  return (observation as Observation | undefined)?.state;
}
