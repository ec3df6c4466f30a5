import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually, tempDir } from '@videoapi/testing';
import { curl } from './curl.js';
import { type NativeTask, newCustomer } from './customer.js';
import { entriesOf, entryCount, holds, imbalances, wallet } from './ledger.js';
import { mp3Audio, pngImage } from './samples.js';
import { sharedStack } from './stack.js';
import { probe } from './video.js';

const run = promisify(execFile);
const stack = sharedStack();
const folder = tempDir('seed');
const page = readFileSync(new URL('seed.txt', import.meta.url), 'utf8');

type Customer = Awaited<ReturnType<typeof newCustomer>>;
type Uploaded = Readonly<Record<'filename' | 'content_type' | 'key' | 'url', string>> & { readonly size: number };

beforeAll(() => {
  writeFileSync(join(folder, 'image.png'), pngImage());
  writeFileSync(join(folder, 'audio.mp3'), mp3Audio());
});

/** A snippet of the page, with what a reader must fill in filled in, and nothing else changed. */
function snippet(title: string, values: Readonly<Record<string, string>> = {}): string {
  const code = page.split(`\`\`\`${title}\n`)[1]?.split('\n```')[0];
  if (code === undefined) throw new Error(`the page has no ${title}`);
  return Object.entries(values).reduce((text, [printed, value]) => {
    expect([title, text.includes(printed)]).toEqual([title, true]);
    return text.replaceAll(printed, value);
  }, code);
}

const sizeOf = (name: string) => readFileSync(join(folder, name)).length;

const printed = {
  key: 'vga_xxxxxxxxxxxxxxxxxxxxxxxx',
  files: '/path/to/',
  image: 'https://your-domain.com/uploads/reference.png',
  taskId: 'vidgen_1783003830450_081f0558',
};

/** What it prints, as JSON. */
async function json<Body>(customer: Customer, program: string, args: readonly string[]): Promise<Body> {
  const env = { ...process.env, NODE_OPTIONS: '', NO_PROXY: '*', no_proxy: '*' };
  const { stdout } = await run(program, [...args], {
    env: { ...env, VIDEOAPI_BASE: stack.gateway, VIDEOAPI_KEY: customer.key },
    timeout: 60_000,
  });
  return JSON.parse(stdout);
}

const shell = <Body>(customer: Customer, code: string) =>
  json<Body>(customer, 'bash', ['-euo', 'pipefail', '-c', code]);

function upload(customer: Customer): Promise<{ data: Uploaded[] }> {
  return shell(customer, snippet('sh upload', { [printed.key]: customer.key, [printed.files]: `${folder}/` }));
}

async function pollToTheEnd(customer: Customer, taskId: string): Promise<NativeTask> {
  const poll = snippet('sh poll', { [printed.key]: customer.key, [printed.taskId]: taskId });
  return eventually(
    async () => {
      const task = await shell<NativeTask>(customer, poll);
      if (task.status !== 'completed' && task.status !== 'failed') throw new Error(`still ${task.status}`);
      return task;
    },
    { timeoutMs: 60_000, intervalMs: 300 },
  );
}

/** What every way of creating a task is answered. */
const accepted = {
  task_id: expect.stringMatching(/^vidgen_\d{13}_[0-9a-f]{8}$/),
  status: 'pending',
  poll_interval_seconds: expect.any(Number),
};

describe("the seed's own calls", () => {
  it('lists models without a key, with prices', async () => {
    const models: { id: string; billing: { mode: string } }[] = (
      await shell<{ data: [] }>(await newCustomer(stack, 0), snippet('sh models'))
    ).data;

    expect(models.find((model) => model.id === 'video-2.0-mini-reference-to-video')?.billing.mode).toBe('per_second');
  });

  it('uploads two files, renders @Image1, can be polled to completed and downloaded, and charges what was rendered', async () => {
    const customer = await newCustomer(stack, 1000);
    const { data: files } = await upload(customer);
    expect(files).toMatchObject([
      { filename: 'image.png', content_type: 'image/png', size: sizeOf('image.png') },
      { filename: 'audio.mp3', content_type: 'audio/mpeg', size: sizeOf('audio.mp3') },
    ]);
    for (const { key, url } of files) {
      expect([key, url]).toEqual([expect.stringMatching(/^uploads\//), expect.stringMatching(/^http/)]);
      expect(curl('-L', '-o', join(folder, 'again'), url).status).toBe(200);
    }
    expect(readFileSync(join(folder, 'again'))).toEqual(readFileSync(join(folder, 'audio.mp3')));

    const create = snippet('sh create', { [printed.key]: customer.key, [printed.image]: files[0]?.url ?? '' });
    const created = await shell<{ task_id: string; poll_interval_seconds: number }>(customer, create);
    expect(created).toMatchObject(accepted);
    expect(created.poll_interval_seconds).toBeGreaterThan(0);

    const done = await pollToTheEnd(customer, created.task_id);
    expect(done).toMatchObject({
      task_id: created.task_id,
      status: 'completed',
      format: 'mp4',
      generated: [done.url],
      videos: [done.url],
      error: null,
      credits_reserved: 180,
      credits_refunded: false,
      metadata: {
        credits_reserved: 180,
        public_model: 'video-2.0-mini-reference-to-video',
        asset_reference_style: '@Image1/@Video1/@Audio1',
      },
    });

    const file = join(folder, 'result.mp4');
    expect(curl('-L', '-o', file, done.url ?? '').status).toBe(200);
    const film = probe(file);
    expect(film).toMatchObject({ codec: 'h264', width: 720, height: 1280 });
    // 12 credits a second at 720p with sound, by the probed length, rounded up once
    expect(done.credits_charged).toBe(Math.ceil((done.outputs[0]?.duration ?? 0) * 12));

    expect(await wallet(stack, customer.accountId)).toEqual({
      granted: 1000,
      settled: done.credits_charged,
      reserved: 0,
      available: 1000 - (done.credits_charged ?? 0),
    });
    expect(await holds(stack, customer.accountId)).toEqual({ settled: 1 });
    expect(await entryCount(stack, customer.accountId)).toBe(4); // grant, hold, settle, release of the rest
    expect(await imbalances(stack)).toEqual([]);
  });

  it.each(programs())('makes the same task by $language', async ({ title, program, argument, before, after }) => {
    const customer = await newCustomer(stack, 180);
    const [image] = (await upload(customer)).data;
    const code = snippet(title, { [printed.image]: image?.url ?? '' });

    const created = await json<{ task_id: string }>(customer, program, [...argument, `${before}\n${code}\n${after}`]);

    expect(created).toMatchObject(accepted);
    expect(await entriesOf(stack, created.task_id)).toContainEqual({ kind: 'hold', amount: 180 });
    const done = await pollToTheEnd(customer, created.task_id);
    expect(done).toMatchObject({ status: 'completed', credits_reserved: 180, error: null });
    expect(await wallet(stack, customer.accountId)).toMatchObject({ settled: done.credits_charged, reserved: 0 });
  });

  it('serves parts of the video, so that a browser can seek', async () => {
    const customer = await newCustomer(stack, 100);
    const taskId = await customer.submit();
    const { url } = await customer.finished(taskId);

    const part = await fetch(url ?? '', { headers: { range: 'bytes=0-99' }, signal: AbortSignal.timeout(10_000) });

    expect(part.status).toBe(206);
    expect((await part.arrayBuffer()).byteLength).toBe(100);
  });
});

/** The page's programs, each with the two names that it takes as given, and with its outcome printed. */
function programs() {
  const node = {
    language: 'JavaScript',
    title: 'js create',
    program: process.execPath,
    argument: ['--input-type=module', '--eval'],
    before: 'const { VIDEOAPI_BASE, VIDEOAPI_KEY } = process.env;',
    after: 'console.log(JSON.stringify(task));',
  };
  const python = {
    language: 'Python',
    title: 'py create',
    program: 'python3',
    argument: ['-c'],
    before: 'import json, os\nVIDEOAPI_BASE = os.environ["VIDEOAPI_BASE"]\nVIDEOAPI_KEY = os.environ["VIDEOAPI_KEY"]',
    after: 'print(json.dumps(task))',
  };
  // Nothing of the platform needs Python: where it has no `requests`, its snippet is not shown to work.
  const hasRequests = spawnSync('python3', ['-c', 'import requests']).status === 0;
  if (!hasRequests) console.warn('python3 has no `requests` here: the Python snippet of the page is not run');
  return hasRequests ? [node, python] : [node];
}
