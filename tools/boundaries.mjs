// Who may import whom: the table of docs/architecture.md, held against every package.json and every import of an app or
// library. `turbo boundaries` proves the other half (nothing is imported that package.json does not declare).
import { globSync, readFileSync } from 'node:fs';

const services = ['contracts', 'chassis', 'database', 'messaging'];
const mayImport = {
  contracts: [],
  'safe-fetch': [],
  testing: [],
  chassis: ['contracts'],
  database: ['contracts'],
  dialects: ['contracts'],
  messaging: ['contracts', 'database'],
  'provider-kit': ['contracts', 'safe-fetch'],
  providers: ['contracts', 'provider-kit'],
  gateway: [...services, 'safe-fetch', 'dialects', 'providers/catalog'],
  orchestrator: [...services, 'providers/catalog'],
  billing: services,
  uploads: [...services, 'safe-fetch'],
  webhooks: [...services, 'safe-fetch', 'dialects', 'providers/callbacks'],
  'provider-worker': ['contracts', 'chassis', 'messaging', 'safe-fetch', 'provider-kit', 'providers'],
  simulator: ['contracts', 'chassis'],
  launcher: ['contracts', 'database', 'messaging', 'testing'],
  e2e: ['contracts', 'testing', 'providers/catalog'],
  bench: ['contracts', 'testing'],
};
/** `libs/testing` is for specs and development tools; it must never reach a production import. */
const isTestFile = (file) => /\.spec\.ts$|\/test\//.test(file);
/** Tests see every entry of a package that their room may import: a worker's, for one, check callbacks as webhooks does. */
const isForTests = (target, name, allowed) =>
  target === 'testing' || target === name || allowed.includes(target.split('/')[0]);

const problems = [];
for (const manifest of globSync(['{apps,libs,tools}/*/package.json', '{e2e,bench}/package.json'])) {
  const room = manifest.replace(/\/package\.json$/, '');
  const name = room.split('/').pop();
  const allowed = mayImport[name];
  if (allowed === undefined) {
    problems.push(`${manifest}: ${name} has no row in the import table`);
    continue;
  }
  const { dependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8'));
  for (const dependency of Object.keys(dependencies).filter((key) => key.startsWith('@videoapi/'))) {
    const target = dependency.slice('@videoapi/'.length);
    if (!allowed.some((entry) => entry.split('/')[0] === target))
      problems.push(`${manifest}: may not depend on ${target}`);
  }
  for (const file of globSync(`${room}/{src,test}/**/*.ts`)) {
    for (const [, target] of readFileSync(file, 'utf8').matchAll(/from '@videoapi\/([^']+)'/g)) {
      const permitted = allowed.includes(target) || (isTestFile(file) && isForTests(target, name, allowed));
      if (!permitted) problems.push(`${file}: may not import @videoapi/${target}`);
    }
  }
}

for (const problem of problems) process.stderr.write(`${problem}\n`);
process.stdout.write(problems.length === 0 ? 'boundaries: ok\n' : `boundaries: ${problems.length} problems\n`);
process.exit(problems.length === 0 ? 0 : 1);
