import { run } from './run.mjs';

const steps = [
  { name: 'format', program: 'npm', args: ['run', '--silent', 'format:check'] },
  { name: 'lint', program: 'npm', args: ['run', '--silent', 'lint'] },
  { name: 'boundaries', program: 'npm', args: ['run', '--silent', 'boundaries'] },
  { name: 'types', program: 'npm', args: ['run', '--silent', 'typecheck'] },
  { name: 'compose', program: 'dclint', args: ['--quiet', 'docker-compose.yml'] },
];

/** Everything that needs no running server. All steps run, so that one failure does not hide the next. */
export async function check() {
  const failed = [];
  for (const { name, program, args } of steps) {
    const code = await run(program, args, { quiet: true });
    process.stdout.write(`${code === 0 ? 'ok    ' : 'FAILED'} ${name}\n`);
    if (code !== 0) failed.push(name);
  }
  return failed.length === 0 ? 0 : 1;
}
