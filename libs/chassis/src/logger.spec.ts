import { createLogger, Log, NestLogger } from './logger.js';
import { scrub } from './scrub.js';

const secret = 'S3cr3tS3cr3tS3cr3tS3cr3t';

describe('scrub', () => {
  it.each([
    [`key vga_live_${secret} used`, 'key vga_live_[redacted] used'],
    [`whsec_${secret}+/=`, 'whsec_[redacted]'],
    [`sk-proj-${secret}`, 'sk-[redacted]'],
    [`authorization: Bearer ${secret}`, 'authorization: Bearer [redacted]'],
    [`"Authorization":"Key ${secret}"`, '"Authorization":"Key [redacted]"'],
    [`eyJhbGciOiJIUzI1NiJ9.${secret}.${secret}`, 'eyJ[redacted]'],
    [
      `https://s3/b/k?X-Amz-Date=1&X-Amz-Signature=${secret}&x=1`,
      'https://s3/b/k?X-Amz-Date=1&X-Amz-Signature=[redacted]&x=1',
    ],
    [`https://cdn/v.mp4?Expires=1&Signature=${secret}`, 'https://cdn/v.mp4?Expires=1&Signature=[redacted]'],
    [`POST /callbacks/kling/${secret}_-abc`, 'POST /callbacks/kling/[redacted]'],
    [`postgres://videoapi_billing:${secret}@db:5432/x`, 'postgres://videoapi_billing:[redacted]@db:5432/x'],
    [`nats://:${secret}@n1`, 'nats://:[redacted]@n1'],
  ])('%s', (text, expected) => {
    expect(scrub(text)).toBe(expected);
  });

  it('leaves ordinary text alone', () => {
    const text = 'Bearer auth, token count 12, http://127.0.0.1:8080/a@b vidgen_0123 task-12345678901234567890 ?size=1';
    expect(scrub(text)).toBe(text);
  });
});

describe('Log', () => {
  it('writes one JSON line with stable fields', () => {
    const { lines, log } = capture();
    log.with({ taskId: 't1' }).info({ event: 'task_created', credits: 12n }, 'hello');
    expect(lines).toMatchObject([
      { level: 'info', service: 'test', event: 'task_created', taskId: 't1', credits: 12, message: 'hello' },
    ]);
    expect(new Date(String(lines[0]?.['time'])).getTime()).not.toBeNaN();
  });

  it('shows of an error its name, code, stack and causes, not what a driver hung on it', () => {
    const { lines, text, log } = capture();
    const cause = Object.assign(new Error('duplicate key'), { code: '23505', parameters: [secret] });
    log.error({ event: 'failed', err: new Error('outer', { cause }) });
    expect(lines).toMatchObject([
      { level: 'error', err: { name: 'Error', message: 'outer', cause: { code: '23505', message: 'duplicate key' } } },
    ]);
    expect(text()).not.toContain(secret);
  });

  it('never shows a credential, by name or by shape', () => {
    const { text, log } = capture();
    log.info({ event: 'call', token: secret, request: { headers: { authorization: secret } } });
    log.info({ event: 'call', url: `https://s3/x?a=1&X-Amz-Signature=${secret}` }, `with Bearer ${secret}`);
    expect(text()).not.toContain(secret);
  });

  it('keeps quiet below its level', () => {
    const { lines, log } = capture();
    log.debug({ event: 'detail' });
    expect(lines).toEqual([]);
  });
});

describe('NestLogger', () => {
  it('turns what Nest says into such lines, and its start-up narration into debug', () => {
    const { lines, nest } = capture();
    nest.log('Mapped {/x, GET} route', 'RouterExplorer');
    nest.warn({ event: 'database_not_ready', attempt: 1 }, 'database');
    nest.error('it broke', 'Error: it broke\n    at x', 'Consumer');
    nest.error(new Error('thrown'), 'Consumer');
    expect(lines).toMatchObject([
      { level: 'warn', event: 'database_not_ready', attempt: 1, context: 'database' },
      { level: 'error', event: 'nest', message: 'it broke', context: 'Consumer', stack: 'Error: it broke\n    at x' },
      { level: 'error', event: 'nest', err: { message: 'thrown' }, context: 'Consumer' },
    ]);
  });
});

function capture() {
  const written: string[] = [];
  const lines: Record<string, unknown>[] = [];
  const destination = {
    write(line: string): void {
      written.push(line);
      lines.push(JSON.parse(line));
    },
  };
  const logger = createLogger('test', { level: 'info', destination });
  return { lines, text: () => written.join(''), log: new Log(logger), nest: new NestLogger(logger) };
}
