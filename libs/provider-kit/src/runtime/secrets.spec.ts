import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secrets } from './secrets.js';

let directory: string;
let file: string;
let now: number;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'secrets-'));
  file = join(directory, 'key');
  now = 0;
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const secretsOf = (env: Record<string, string> = {}) => new Secrets({ env, now: () => now });

it('reads variables and files, and nothing else', async () => {
  await writeFile(file, 'from-file\n');
  const secrets = secretsOf({ KEY: 'from-env', EMPTY: '' });

  expect(await secrets.read('env:KEY')).toBe('from-env');
  expect(await secrets.read(`file:${file}`)).toBe('from-file');
  for (const reference of ['env:NONE', 'env:EMPTY', 'file:/no/such/file', 'file:relative', 'KEY', '']) {
    expect(await secrets.read(reference)).toBeUndefined();
  }
});

it('reads several by name, and leaves out what is not there', async () => {
  const secrets = secretsOf({ A: 'a', B: 'b' });
  const channel = { id: 'one', credentials: { one: 'env:A', two: 'env:B', none: 'env:NONE', shut: 'sealed:x' } };

  expect(await secrets.readAll(channel)).toEqual({ one: 'a', two: 'b' });
  expect(await secrets.readAll(channel, ['two', 'toString'])).toEqual({ two: 'b' });
});

it('opens what was sealed for the channel and the name that ask, every time', async () => {
  let opened = 0;
  const open = (channelId: string, name: string, sealed: string) => {
    opened += 1;
    return `${channelId} ${name}` === 'one key' ? `${sealed} open` : undefined;
  };
  const secrets = new Secrets({ env: {}, open });
  const credentials = { key: 'sealed:a', other: 'sealed:a' };

  for (const expected of [1, 2]) {
    expect(await secrets.readAll({ id: 'one', credentials }, ['key'])).toEqual({ key: 'sealed:a open' });
    expect(opened).toBe(expected);
  }
  expect(await secrets.readAll({ id: 'one', credentials })).toEqual({ key: 'sealed:a open' });
  expect(await secrets.readAll({ id: 'two', credentials })).toEqual({});
});

it('keeps a secret for five minutes, and the lack of one not at all', async () => {
  const secrets = secretsOf();
  expect(await secrets.read(`file:${file}`)).toBeUndefined();
  await writeFile(file, 'first');
  expect(await secrets.read(`file:${file}`)).toBe('first');
  await writeFile(file, 'second');
  now = 299_999;
  expect(await secrets.read(`file:${file}`)).toBe('first');
  now = 300_001;
  expect(await secrets.read(`file:${file}`)).toBe('second');
});
