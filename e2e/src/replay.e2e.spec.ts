import * as fc from 'fast-check';
import { fieldOf, type Known, mutated, valueOf } from './arbitrary.js';
import { Customer, newCustomer, type NativeTask, smallVideo } from './customer.js';
import { imbalances } from './ledger.js';
import { type Body, OpenApi, type Operation, type Parameter } from './openapi.js';
import { Receiver } from './receiver.js';
import { sharedStack, untilAllReady } from './stack.js';

const stack = sharedStack();
/** The same everywhere, so that a red run can be repeated; another one with REPLAY_SEED. */
const seed = Number(process.env['REPLAY_SEED'] ?? 20_261_122);
/** For all calls together; more of it finds more. */
const budgetMs = Number(process.env['REPLAY_SECONDS'] ?? 35) * 1_000;
/** A call that takes a body is tried for as long as so many that take none. */
const bodyWeight = 3;

/** The catalogue is everybody's: only what the document itself refuses is sent there. */
const isEverybodys = ({ path }: Operation) => path === '/api/admin/catalog';

interface Speaker {
  readonly dialect: 'native' | 'openai' | 'yishang' | 'aistudios';
  readonly key: 'customer' | 'yishang' | 'admin';
}

const errorSchemas = {
  native: 'NativeError',
  openai: 'OpenaiError',
  yishang: 'YishangError',
  aistudios: 'AistudiosError',
} as const satisfies Record<Speaker['dialect'], string>;

const api = await OpenApi.read(stack);
// What deletes comes last, so that the others have something to look at.
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const cases = api.operations
  .toSorted((left, right) => methods.indexOf(left.method) - methods.indexOf(right.method))
  .flatMap((operation) => speakersOf(operation).map((speaker) => ({ operation, speaker })));
const weights = cases.reduce((sum, { operation }) => sum + weightOf(operation), 0);

let receiver: Receiver;
let keys: Readonly<Record<Speaker['key'], string>>;
let idsUnder: Readonly<Record<string, readonly string[]>>;
let task: NativeTask;
let calls = 0;

beforeAll(async () => {
  process.stdout.write(`replay: REPLAY_SEED=${seed}\n`);
  receiver = await Receiver.open();
  const admin = new Customer(stack, stack.keys.admin);
  // One video, and then no credits: whatever is asked for after that is checked to the end and refused.
  const customer = await newCustomer(stack, 10);
  task = await customer.finished(await customer.submit());
  const made = async (path: string, json: object) => (await admin.call<Made>('POST', path, { json })).body;
  const account = `/api/admin/accounts/${customer.accountId}`;
  const spareAccount = await made('/api/admin/accounts', { name: 'replay, to spare' });
  const everyScope = ['tasks:write', 'tasks:read', 'uploads:write', 'credits:read', 'webhooks:manage', 'keys:manage'];
  const own = await made(`${account}/keys`, { name: 'replay', scopes: everyScope });
  const yishang = await made(`${account}/keys`, { name: 'replay', dialect: 'yishang' });
  const spareKey = await made(`${account}/keys`, { name: 'to spare' });
  const json = { url: receiver.url(), event_types: ['webhook.test'] };
  const endpoint = (await customer.call<Made>('POST', '/api/webhooks/endpoints', { json })).body;
  await customer.call('POST', `/api/webhooks/endpoints/${endpoint.id}/test`);
  const deliveries = await customer.call<{ data: Made[] }>('GET', '/api/webhooks/deliveries');
  keys = { customer: own.key, yishang: yishang.key, admin: stack.keys.admin };
  idsUnder = {
    '/v1/models': [smallVideo.model],
    '/v1/video': [task.task_id],
    '/api/odin': [task.task_id],
    '/api/webhooks/endpoints': [endpoint.id],
    '/api/webhooks/deliveries': deliveries.body.data.map(({ id }) => id),
    '/api/keys': [spareKey.id],
    '/api/admin/accounts': [spareAccount.id],
    '/media': [new URL(task.url ?? '').pathname.split('/')[2] ?? ''],
  };
});

afterAll(() => receiver.close());

interface Made {
  readonly id: string;
  readonly key: string;
}

describe('random requests, made from the document', () => {
  it.each(
    cases.map(({ operation, speaker }) => [operation.method, operation.path, speaker.dialect, operation, speaker]),
  )('%s %s (%s)', async (_method, _path, _dialect, operation, speaker) => {
    const property = fc.asyncProperty(requestOf(operation), async (request) => {
      await isAsDocumented(operation, speaker, request);
    });
    const interruptAfterTimeLimit = (budgetMs * weightOf(operation)) / weights;
    await fc.assert(property, { seed, reporter, numRuns: 100_000, interruptAfterTimeLimit });
  });

  it('were many, and left everything standing', async () => {
    process.stdout.write(`replay: ${calls} requests\n`);
    expect(calls).toBeGreaterThan(cases.length * 5);
    await untilAllReady(stack);
    expect(await imbalances(stack)).toEqual([]);
  });
});

/** As fast-check would, without the forty thousand letters of a hostile field. */
function reporter<Value>(run: fc.RunDetails<Value>): void {
  if (!run.failed) return;
  throw new Error(fc.defaultReportMessage(run)?.slice(0, 2_000), { cause: run.errorInstance });
}

interface Sent {
  readonly path: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: { readonly of: Body; readonly value: unknown } | null;
}

function requestOf(operation: Operation): fc.Arbitrary<Sent> {
  const known = knownFor(operation);
  const parameters = (place: Parameter['in']) => {
    const those = operation.parameters.filter((parameter) => parameter.in === place);
    const values = those.map(({ name, schema }) => [name, mutated(fieldOf(api, name, schema, known))] as const);
    const requiredKeys = those.filter(({ required }) => required === true).map(({ name }) => name);
    return fc.record(Object.fromEntries(values), { requiredKeys });
  };
  const bodies = operation.bodies.map((of) => mutated(valueOf(api, of.schema, known)).map((value) => ({ of, value })));
  const body = bodies.length === 0 ? fc.constant(null) : fc.oneof(...bodies);
  const request = fc.record({
    path: parameters('path'),
    query: parameters('query'),
    headers: parameters('header'),
    body,
  });
  if (!isEverybodys(operation)) return request;
  return request.filter((sent) => sent.body !== null && api.complaintsOfBody(sent.body.of, sent.body.value) !== null);
}

function knownFor({ path }: Operation): Known {
  const [, ids] = Object.entries(idsUnder).find(([prefix]) => path.startsWith(prefix)) ?? [];
  const [, , , file = ''] = new URL(task.url ?? '').pathname.split('/');
  return {
    ...(ids !== undefined && ids.length > 0 && { id: ids }),
    file: [file, 'start.js'],
    model: ['sandbox-video', 'sora-2', 'video-2.0-mini-reference-to-video', 'ai-studios-avatar'],
    prompt: ['a boat', '@Image1 turns round', '@Video9'],
    org: ['<p>Hello.</p>'],
    resolution: ['240p', '720p', '720'],
    size: ['426x240', '1280x720'],
    seconds: [1, '5', 'auto'],
    duration: [1, '5', 'auto'],
    video: [{ id: task.task_id }],
    userKey: [keys.customer],
    callback_url: [receiver.url()],
    webhookUrl: [receiver.url()],
    url: [receiver.url()],
    task_id: [task.task_id],
    after: [task.task_id],
    wait: [0, 1],
    content_type: ['image/png', 'video/mp4'],
    price_list: ['default', null],
  };
}

async function isAsDocumented(operation: Operation, { dialect, key }: Speaker, request: Sent): Promise<void> {
  const response = await fetch(`${stack.gateway}${addressOf(operation, request)}`, {
    method: operation.method,
    redirect: 'manual',
    headers: {
      ...headersOf(request),
      authorization: dialect === 'aistudios' ? keys[key] : `Bearer ${keys[key]}`,
      ...(request.body?.of.mediaType === 'application/json' && { 'content-type': 'application/json' }),
    },
    signal: AbortSignal.timeout(20_000),
    ...(request.body !== null && { body: bodyOf(request.body) }),
  });
  calls += 1;
  const text = await response.text();
  expect({ told: text.slice(0, 300), wrong: wrongWith(operation, dialect, request, response, text) }).toMatchObject({
    wrong: [],
  });
}

/** Everything about an answer that is not as the document says. */
function wrongWith(
  operation: Operation,
  dialect: Speaker['dialect'],
  request: Sent,
  { status, headers }: Response,
  text: string,
): unknown[] {
  const mediaType = headers.get('content-type')?.split(';')[0];
  const documented = operation.answers[status];
  if (status >= 500 || documented === undefined) return [`${status} is not documented`];
  const wrong: unknown[] = headers.get('x-request-id') === null ? ['no x-request-id'] : [];
  if (status === 304 || documented.length === 0) return text === '' ? wrong : [...wrong, 'a body'];
  if (mediaType === undefined || !documented.includes(mediaType)) {
    // The reference page loads a script and a stylesheet; the document names the first.
    return operation.path === '/docs/{file}' ? wrong : [...wrong, `${mediaType} is not documented`];
  }
  if (mediaType !== 'application/json') return wrong;
  const body: unknown = JSON.parse(text);
  wrong.push(...(api.complaintsOfAnswer(operation, status, mediaType, body) ?? []));
  if (status >= 400) wrong.push(...(api.complaintsOf(errorSchemas[dialect], body) ?? []));
  return wrong;
}

function speakersOf({ path }: Operation): Speaker[] {
  if (path.startsWith('/v1/videos')) {
    return [
      { dialect: 'openai', key: 'customer' },
      { dialect: 'yishang', key: 'yishang' },
    ];
  }
  if (path.startsWith('/api/odin')) return [{ dialect: 'aistudios', key: 'customer' }];
  return [{ dialect: 'native', key: path.startsWith('/api/admin') ? 'admin' : 'customer' }];
}

function weightOf({ bodies }: Operation): number {
  return bodies.length === 0 ? 1 : bodyWeight;
}

function addressOf(operation: Operation, { path, query }: Sent): string {
  const target = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => segmentOf(path[name]));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (name === 'metadata' && typeof value === 'object' && value !== null) {
      for (const [tag, inner] of Object.entries(value)) search.append(`metadata[${tag}]`, textOf(inner));
    } else search.append(name, textOf(value));
  }
  return search.size === 0 ? target : `${target}?${search.toString()}`;
}

/** Neither nothing nor dots, which would be another address. */
function segmentOf(value: unknown): string {
  const text = textOf(value).slice(0, 300);
  return /^\.{0,2}$/.test(text) ? 'x' : encodeURIComponent(text);
}

function headersOf({ headers }: Sent): Record<string, string> {
  const texts = Object.entries(headers).map(([name, value]) => [name, textOf(value).replace(/[^\x20-\x7e]/g, '?')]);
  return Object.fromEntries(texts);
}

function textOf(value: unknown): string {
  return (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).slice(0, 2_000).toWellFormed();
}

function bodyOf({ of, value }: NonNullable<Sent['body']>): string | FormData {
  if (of.mediaType === 'application/json') return JSON.stringify(value) ?? '';
  const form = new FormData();
  const append = (name: string, entry: unknown): void => {
    if (entry instanceof File) form.append(name, entry);
    else if (Array.isArray(entry)) for (const item of entry) append(name, item);
    else form.append(name, typeof entry === 'string' ? entry : JSON.stringify(entry));
  };
  for (const [name, entry] of Object.entries(Object(value))) append(name, entry);
  return form;
}
