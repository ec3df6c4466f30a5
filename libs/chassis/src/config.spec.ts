import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError, parseConfig, serviceEnv } from './config.js';

const schema = z.object({
  DATABASE_URL: z.url(),
  API_KEY_PEPPER: z.string().min(32),
  WORKERS: z.coerce.number().int().positive().default(4),
  VERBOSE: z.stringbool().default(false),
});
const good = { DATABASE_URL: 'postgres://db/x', API_KEY_PEPPER: 'p'.repeat(32) };
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('parseConfig', () => {
  it('parses, fills in defaults and freezes', () => {
    const config = parseConfig(schema, { ...good, WORKERS: '7', VERBOSE: 'false', UNRELATED: 'x' });
    expect(config).toEqual({ ...good, WORKERS: 7, VERBOSE: false });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('treats an empty variable as absent', () => {
    expect(parseConfig(schema, { ...good, WORKERS: '' }).WORKERS).toBe(4);
  });

  it('takes a value from the file that X_FILE names, without the line end', () => {
    const file = join(folder, 'pepper');
    writeFileSync(file, `${good.API_KEY_PEPPER}\n`);
    const config = parseConfig(schema, { DATABASE_URL: good.DATABASE_URL, API_KEY_PEPPER_FILE: file });
    expect(config.API_KEY_PEPPER).toBe(good.API_KEY_PEPPER);
  });

  it('names everything that is wrong at once, and no value', () => {
    const problems = problemsOf({
      DATABASE_URL: 'hunter2',
      WORKERS: 'hunter2',
      VERBOSE: 'hunter2',
      API_KEY_PEPPER_FILE: '/hunter2',
    });
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'API_KEY_PEPPER_FILE',
      'DATABASE_URL',
      'API_KEY_PEPPER',
      'WORKERS',
      'VERBOSE',
    ]);
    expect(problems.join('\n')).toContain('API_KEY_PEPPER: is missing');
    expect(problems.join('\n')).not.toContain('hunter2');
  });

  it('refuses a value that is given twice', () => {
    expect(problemsOf({ ...good, DATABASE_URL_FILE: '/nowhere' })).toEqual([
      'DATABASE_URL: set twice, as DATABASE_URL and as DATABASE_URL_FILE',
    ]);
  });

  it('reads what every service reads', () => {
    const config = parseConfig(z.object(serviceEnv), { HEALTH_PORT: '9000', TRUST_PROXY: '10.0.0.0/8, 192.168.0.1' });
    expect(config.SERVICE_PORT).toBeUndefined();
    expect(config).toMatchObject({
      HEALTH_PORT: 9000,
      LOG_LEVEL: 'info',
      SHUTDOWN_GRACE_MS: 25_000,
      TRUST_PROXY: ['10.0.0.0/8', '192.168.0.1'],
    });
    expect(parseConfig(z.object(serviceEnv), { HEALTH_PORT: '0' }).TRUST_PROXY).toBe(false);
    expect(parseConfig(z.object(serviceEnv), { HEALTH_PORT: '0', TRUST_PROXY: 'true' }).TRUST_PROXY).toBe(true);
  });
});

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    parseConfig(schema, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('the configuration was accepted');
}
