// `node bench/dist/edge-main.js`: what the gateway adds to a submit, and what a large upload costs in memory. Two minutes.
import { benchCatalog, openAccounts } from './customers.js';
import { footprint, type Footprint } from './footprint.js';
import { overhead, type Overhead } from './overhead.js';
import { call, startStack } from './stack.js';

const megabytes = 50;
const tell = (line: string) => process.stdout.write(`${line}\n`);

const stack = await startStack();
try {
  const { dev } = stack;
  await call(dev, 'POST', '/api/admin/catalog', edgeCatalog(dev.simulator));
  const keys = await openAccounts(dev, 20);
  const uploads: Footprint[] = []; // the first of a fresh process, whose memory nothing else has grown, and later ones
  for (const route of ['/v1/videos', '/api/upload', '/v1/videos', '/api/upload'] as const) {
    uploads.push(await footprint(stack, keys[0] ?? '', route, megabytes));
  }
  tell(footprintTable(uploads));
  await overhead(dev, keys, 'bench-parked', { rate: 200, seconds: 10 }); // code is compiled, caches are filled
  tell(overheadTable(await overhead(dev, keys, 'bench-parked', { rate: 200, seconds: 20 })));
} finally {
  await stack.stop();
}

function edgeCatalog(simulatorUrl: string) {
  const { models, ...rest } = benchCatalog(simulatorUrl);
  const [parked] = models;
  const capabilities = { ...parked?.capabilities, types: ['reference-to-video'], maxVideos: 1 };
  return { ...rest, models: [...models, { ...parked, id: 'bench-reference', name: 'Reference', capabilities }] };
}

function overheadTable({ rung, own, parts, engine }: Overhead): string {
  const rows = Object.entries({ 'gateway in all': own, ...parts, engine }).map(
    ([name, { p50, p99 }]) => `| ${name} | ${p50.toFixed(2)} | ${p99.toFixed(2)} |`,
  );
  return [
    `${rung.rate} submits/s, ${rung.errors} errors, generator late by ${rung.lateness99.toFixed(1)} ms at p99`,
    '',
    '| part of a submit | p50 ms | p99 ms |',
    '| --- | --- | --- |',
    ...rows,
    `| seen by the client | ${rung.p50.toFixed(2)} | ${rung.p99.toFixed(2)} |`,
    '',
  ].join('\n');
}

function footprintTable(uploads: readonly Footprint[]): string {
  const rows = uploads.map(
    ({ route, seconds, extra }) =>
      `| ${route} | ${seconds.toFixed(2)} | ${extra['gateway']?.toFixed(1)} | ${extra['uploads']?.toFixed(1)} |`,
  );
  return [
    `| ${megabytes} MB through | seconds | gateway, extra MB | uploads, extra MB |`,
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
