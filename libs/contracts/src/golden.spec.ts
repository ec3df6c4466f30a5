import { readdirSync, readFileSync } from 'node:fs';
import { type z } from 'zod';
import { envelope, type EventContract, type JobContract } from './define.js';
import * as events from './events.js';
import * as jobs from './jobs.js';

/** Payloads that were once on the wire. Files are only ever added: a schema that stops reading one breaks messages in flight. */
const golden = new URL('../golden/', import.meta.url);

const contracts = new Map(
  [...Object.values(events), ...Object.values(jobs)].flatMap((exported: unknown): [string, z.ZodType][] => {
    const contract = contractOf(exported);
    return contract === undefined ? [] : [[nameOf(contract), contract.data]];
  }),
);

describe('golden payloads', () => {
  it('has one for every event and job', () => {
    expect(readdirSync(golden).toSorted()).toEqual([...contracts.keys()].toSorted());
  });

  it.each([...contracts])('%s still reads every payload it ever carried', (subject, schema) => {
    const folder = new URL(`${subject}/`, golden);
    for (const file of readdirSync(folder)) {
      const message = envelope.parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8')));
      expect(schema.parse(message.data)).toMatchObject(message.data as object);
    }
  });
});

function contractOf(exported: unknown): EventContract | JobContract | undefined {
  const isContract = typeof exported === 'object' && exported !== null && 'data' in exported;
  return isContract ? (exported as EventContract | JobContract) : undefined;
}

function nameOf(contract: EventContract | JobContract): string {
  return 'verb' in contract ? `job.v1.${contract.verb}` : contract.subject;
}
