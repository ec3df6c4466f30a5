import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './run.mjs';

const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
const jest = ['node_modules/jest/bin/jest.js', '--config', 'jest.config.mjs', '--passWithNoTests', '--json'];

/**
 * The end-to-end tests start whole stacks: one file at a time. What a failed test leaves open must not keep its project from
 * ending, and no project runs without end: a red run that CI can read is worth more than one that it has to cut.
 */
const projects = [
  { project: 'unit', options: [], minutes: 10 },
  { project: 'integration', options: ['--forceExit'], minutes: 25 },
  { project: 'e2e', options: ['--runInBand', '--forceExit'], minutes: 25 },
];

/** Runs every project, also after one that fails. `args` go to jest. */
export async function test(args) {
  const sum = { passed: 0, failed: 0 };
  mkdirSync(join(root, 'reports'), { recursive: true });
  for (const { project, options, minutes } of projects) {
    const file = join(root, 'reports', `${project}.json`);
    rmSync(file, { force: true });
    const output = ['--outputFile', file, '--selectProjects', project];
    const code = await run('node', [...node, ...jest, ...output, ...options, ...args], {
      quiet: true,
      timeoutMs: minutes * 60_000,
    });
    const { passed, failed } = count(file, code);
    sum.passed += passed;
    sum.failed += failed;
  }
  report(sum);
  return sum.failed === 0 ? 0 : 1;
}

/** The last line that a test run prints, alone on its line: CI reads it. */
export function report({ passed, failed }) {
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
}

/** A suite that does not load counts as one failure, and so does a jest that fails without naming a test. */
function count(file, code) {
  if (!existsSync(file)) return { passed: 0, failed: 1 };
  const result = JSON.parse(readFileSync(file, 'utf8'));
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  return { passed: result.numPassedTests, failed: code !== 0 && failed === 0 ? 1 : failed };
}
