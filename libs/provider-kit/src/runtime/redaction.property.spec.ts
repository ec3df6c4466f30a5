import fc from 'fast-check';
import { type Adapter } from '../adapter.js';
import { type Auth, type Reply } from '../call/call.js';
import { inputOf } from '../testing/exchange.js';
import { Caller } from './caller.js';
import { type HttpOutcome } from './http.js';
import { type AdapterError } from './run-step.js';
import { ProviderRuntime } from './runtime.js';
import { Secrets } from './secrets.js';

/** Nothing that this kit says itself has both a Q and a z. */
const secretOf = (letters: string) =>
  fc.string({ unit: fc.constantFrom(...letters.split('')), minLength: 16, maxLength: 60 }).map((text) => `Qz${text}zQ`);
const secret = secretOf('abcXYZ0189-_/+"\\%& .');
/** A mounted key file: its text, and the secret lines in it. */
const keyFile = fc
  .tuple(fc.array(secretOf('abcXYZ0189/+='), { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([lines, isJson]) => {
    const pem = ['-----BEGIN KEY-----', ...lines].join('\n');
    return { lines, text: isJson ? JSON.stringify({ project_id: 'an-ordinary-project', private_key: pem }) : pem };
  });

/** What a quotation does to what it quotes. */
const escape = fc.constantFrom<(text: string) => string>(
  (text) => JSON.stringify(text),
  // PHP's way, and Go's and Google's for what HTML might take for its own.
  (text) => JSON.stringify(text).replaceAll('/', '\\/'),
  (text) => JSON.stringify(text).replace(/[&<>='+]/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`),
  encodeURIComponent,
  (text) => encodeURIComponent(text).replace(/%../g, (code) => code.toLowerCase()),
  (text) =>
    text
      .replaceAll('&', '&amp;')
      .replaceAll('"', '&quot;')
      .replace(/[+/]/g, (one) => `&#${one.charCodeAt(0)};`),
);
const encode = fc.constantFrom<(text: string) => string>(
  (text) => text,
  (text) => text,
  (text) => Buffer.from(text).toString('base64'),
  (text) => Buffer.from(text).toString('base64url'),
  (text) => `${'x'.repeat(900)} ${text} ${'y'.repeat(300)}`,
);
/** How somebody else may spell what was sent to them: a quotation in a quotation in a quotation, for example. */
const spelling = fc
  .tuple(encode, fc.array(escape, { maxLength: 3 }), fc.boolean())
  .map(([encoded, escapes, isLast]) => (text: string) => {
    const escaped = escapes.reduce((said, each) => each(said), isLast ? text : encoded(text));
    return isLast && escapes.length < 2 ? encoded(escaped) : escaped;
  });
const auths: Readonly<Record<string, Auth>> = {
  bearer: { put: 'bearer', credential: 'key' },
  header: { put: 'header', name: 'x-key', credential: 'key' },
  signed: {
    put: 'signed',
    credentials: ['file'],
    sign: (_, { file = '' }) => ({ authorization: `HMAC Signature=${Buffer.from(file).toString('hex')}` }),
  },
  token: {
    put: 'token',
    as: 'bearer',
    token: {
      name: 't',
      credentials: ['key', 'file'],
      mint: () => ({ method: 'POST', path: '/token' }),
      read: ({ body }) => ({ token: String(body), livesMs: 1_000 }),
      isRefused: ({ status }) => status === 401,
    },
  },
};

/** Puts what it was told wherever an adapter can put anything. */
function leaky(auth: Auth, how: string): Adapter {
  const say = ({ body }: Reply) => String(body);
  return {
    capabilities: {
      provider: 'test',
      modes: [],
      completion: 'poll',
      cancel: false,
      lookup: true,
      batchPoll: false,
      resultNeedsKey: false,
      resultTtlSeconds: null,
      usage: 'nothing',
      providerOptions: [],
      notes: [],
    },
    *submit() {
      const said = say(yield { method: 'POST', path: '/', json: {}, auth, creates: true });
      if (how === 'throws') throw new TypeError(said);
      if (how === 'message') return { outcome: 'refused', failure: { code: 'provider_error', message: said } };
      return how === 'elsewhere' ? { outcome: 'accepted', handle: { id: said } } : { outcome: 'unknown', reason: said };
    },
    *poll() {
      const said = say(yield { method: 'GET', path: '/', auth });
      if (how === 'throws') throw new TypeError(said);
      if (how === 'message') return { state: 'failed', failure: { code: 'provider_error', message: said } };
      if (how === 'reason') return { state: 'unreadable', reason: said };
      if (how === 'status') return { state: 'running', unknownStatus: said };
      return { state: 'succeeded', outputs: [{ kind: 'url', url: `https://x.example/?k=${said}` }], usage: {} };
    },
    *lookup() {
      const said = say(yield { method: 'GET', path: '/', auth });
      if (how === 'throws') throw new TypeError(said);
      return how === 'elsewhere'
        ? { outcome: 'found', handle: { id: said } }
        : { outcome: 'cannot_tell', reason: said };
    },
  };
}

const cases = fc.record({
  key: secret,
  token: secret,
  file: keyFile,
  auth: fc.constantFrom(...Object.keys(auths)),
  how: fc.constantFrom('throws', 'message', 'reason', 'status', 'elsewhere'),
  spell: spelling,
  /** Which of them is quoted, and in which part of a file. */
  quoted: fc.constantFrom('key', 'token', 'file', 'line', 'sent'),
  /** How much of it: adapters cut the words that they quote. */
  share: fc.constantFrom(1, 1, 1, 0.7),
});

it('no outcome, report or error says a secret that a provider quotes', async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ key, token, file, auth, how, spell, quoted, share }) => {
      const told: unknown[] = [];
      const http = {
        exchange: ({ url, headers }: { url: URL; headers: Readonly<Record<string, string>> }): Promise<HttpOutcome> => {
          const sent = /[^ =]+$/.exec(headers['authorization'] ?? headers['x-key'] ?? '')?.[0] ?? '';
          const words = {
            key,
            token: auth === 'token' ? token : key,
            file: file.text,
            line: file.lines.at(-1) ?? '',
            sent,
          };
          const text = url.pathname === '/token' ? token : spell(words[quoted]);
          const said =
            url.pathname === '/token'
              ? text
              : text.slice(0, Math.ceil(text.length * (how === 'elsewhere' ? 1 : share)));
          return Promise.resolve(raw(JSON.stringify(said)));
        },
      };
      const env = { KEY: key, FILE: file.text };
      const caller = new Caller({ http, secrets: new Secrets({ env }), observe: (report) => told.push(report) });
      const runtime = new ProviderRuntime(caller, {
        submitTimeoutMs: 1_000,
        readTimeoutMs: 1_000,
        onAdapterError: (_operation, _channel, error) => told.push(wordsOf(error)),
      });
      const adapter = leaky(auths[auth] ?? { put: 'none' }, how);

      told.push(await runtime.submit(adapter, channel, input), await runtime.poll(adapter, channel, {}));
      told.push(await runtime.lookUp(adapter, channel, { ...input, callAgeMs: 1 }));

      const all = stringsIn(told).join('\n');
      for (const hidden of [key, token, ...file.lines]) {
        for (const shown of [hidden, JSON.stringify(hidden).slice(1, -1), encodeURIComponent(hidden)]) {
          expect(all).not.toContain(shown.slice(0, 12));
        }
        expect(all).not.toContain(Buffer.from(hidden).toString('base64').slice(0, 12));
      }
    }),
    { numRuns: 500 },
  );
});

function raw(text: string): HttpOutcome {
  return { kind: 'raw', reply: { status: 200, headers: {} }, bytes: Buffer.from(text) };
}

function wordsOf({ reason, cause }: AdapterError): string[] {
  return cause instanceof Error ? [reason, cause.name, cause.message, cause.stack ?? ''] : [reason];
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

const channel = {
  id: 'one',
  provider: 'test',
  baseUrl: 'https://provider.example',
  credentials: { key: 'env:KEY', file: 'env:FILE' },
  options: {},
};
const input = inputOf({ reference: 'r', upstreamModel: 'm', callbackUrl: null, request: {} });
