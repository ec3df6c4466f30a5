// `node bench/dist/worker-main.js [seconds]`: what one provider-worker process sustains, and whether a provider that hangs
// is felt by the others. Prints a table for a report.
import { measureWorker, type WorkerRun } from './worker/measure.js';

const seconds = Number(process.argv[2] ?? 30);
const load = { rate: 500, seconds, thinkMs: 20, hangingRate: 20 };

const { alone, besideHanging } = await measureWorker(load);

process.stdout
  .write(`| one provider-worker process, ${load.rate} upstream calls/s asked for | calls/s | errors | added p50 | added p99 | cores | generator late p99 |
| --- | --- | --- | --- | --- | --- | --- |
${row('alone', alone)}
${row(`beside a provider that hangs (${besideHanging.hangingCalls} calls)`, besideHanging)}
`);

function row(name: string, run: WorkerRun): string {
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  const { achieved, errors, added50, added99, cores, lateness99 } = run;
  return `| ${name} | ${achieved.toFixed(0)} | ${errors} | ${ms(added50)} | ${ms(added99)} | ${cores.toFixed(2)} | ${ms(lateness99)} |`;
}
