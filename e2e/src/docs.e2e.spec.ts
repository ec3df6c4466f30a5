import { execFile } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort, tempDir } from '@videoapi/testing';
import { type NativeTask } from './customer.js';
import { pngImage } from './samples.js';
import { sharedStack } from './stack.js';
import { probe } from './video.js';

const run = promisify(execFile);
const stack = sharedStack();
const root = new URL('../../', import.meta.url);
/** Where a reader would be who has just copied the page: a picture at hand, and the packages installed. */
const folder = tempDir('docs');

beforeAll(() => {
  symlinkSync(fileURLToPath(new URL('node_modules', root)), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'boat.png'), pngImage());
});

interface Snippet {
  readonly language: string;
  readonly code: string;
}

/** Every fenced block of a page, with the address, the key file and the port of this stack filled in. */
function snippetsOf(page: string, port = 0): Snippet[] {
  const text = readFileSync(new URL(page, root), 'utf8');
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = '', code = '']) => ({
    language,
    code: code
      .replaceAll('http://127.0.0.1:8080', stack.gateway)
      .replaceAll('.videoapi/dev.json', process.env['E2E_DEV_FILE'] ?? '')
      .replaceAll('8787', String(port)),
  }));
}

async function shell(code: string): Promise<string> {
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', code], { cwd: folder, timeout: 120_000 });
  return stdout;
}

async function program(code: string, name: string): Promise<string> {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, code);
  const env = { ...process.env, VIDEOAPI_URL: stack.gateway, VIDEOAPI_KEY: stack.keys.live, NODE_OPTIONS: '' };
  const { stdout } = await run(process.execPath, [file], { cwd: folder, env, timeout: 120_000 });
  return stdout;
}

it.each(['docs/dialects.md', 'docs/migrate-from-sora.md'])('%s has nothing in it that is not run here', (page) => {
  const languages = snippetsOf(page).map(({ language }) => language);
  expect(languages.length).toBeGreaterThan(4);
  expect(languages.filter((language) => language !== 'sh' && language !== 'js')).toEqual([]);
});

it('README.md: its first video, copied into a shell', async () => {
  const [, firstVideo, ...others] = snippetsOf('README.md').filter(({ language }) => language === 'sh');
  expect(firstVideo?.code).toContain('curl');
  expect(others).toEqual([]);

  const task: NativeTask = JSON.parse(await shell(firstVideo?.code ?? ''));

  expect(task).toMatchObject({ status: 'completed', error: null, credits_reserved: 60 });
  expect(task.credits_charged).toBe(Math.ceil((task.outputs[0]?.duration ?? 0) * 12));
  const film = await fetch(task.url ?? '', { signal: AbortSignal.timeout(30_000) });
  writeFileSync(join(folder, 'first.mp4'), Buffer.from(await film.arrayBuffer()));
  expect(probe(join(folder, 'first.mp4'))).toMatchObject({ codec: 'h264', width: 1280, height: 720 });
});

it('dialects.md: copied into a shell from the top down, makes a video in each of the four', async () => {
  const said = await shell(
    snippetsOf('docs/dialects.md')
      .map(({ code }) => code)
      .join('\n'),
  );

  expect(said).toContain('sora-2');
  expect(said).toContain('native: completed\nopenai: completed\nyishang: completed\naistudios: Complete\n');
  expect(said).toMatch(/\ncompleted\ncompleted\ncompleted\nComplete\n3\.1\.\d\n$/);
  for (const dialect of ['native', 'openai', 'yishang', 'aistudios']) {
    expect([dialect, probe(join(folder, `${dialect}.mp4`)).codec]).toEqual([dialect, 'h264']);
  }
});

/** What each program of the page is there to show, in its order. */
const shown: readonly [name: string, holds: (said: string) => void][] = [
  [
    'creates, polls and downloads',
    () => expect(probe(join(folder, 'cat.mp4'))).toMatchObject({ codec: 'h264', width: 1280, height: 720 }),
  ],
  ['lists models with what they can do and cost', (said) => expect(said).toContain('sora-2')],
  ['starts from a picture, and remixes', (said) => expect(said).toBe('true\n')],
  ['verifies a delivery', (said) => expect(said).toMatch(/^video\.completed http\S+\/media\/\S+\.mp4\n$/)],
];

describe('migrate-from-sora.md', () => {
  const snippets = async (language: string) =>
    snippetsOf('docs/migrate-from-sora.md', await freePort()).filter((snippet) => snippet.language === language);

  it('has an address and a key to try it with', async () => {
    const [exports, ...others] = await snippets('sh');
    expect(await shell(`${exports?.code}\necho "$VIDEOAPI_URL $VIDEOAPI_KEY"`)).toBe(
      `${stack.gateway} ${stack.keys.live}\n`,
    );
    expect(others).toEqual([]);
  });

  it.each(shown.map(([name, holds], index) => ({ name, holds, index })))('$name', async ({ holds, index }) => {
    const programs = await snippets('js');
    expect(programs).toHaveLength(shown.length);
    holds(await program(programs[index]?.code ?? '', `program-${index}`));
  });
});
