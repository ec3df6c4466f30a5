import { type StreamConfig } from '@nats-io/jetstream';
import { driftOf, streams } from './streams.js';

const [jobs] = streams;
const found = { ...jobs, subjects: [...jobs.subjects], max_consumers: -1, storage: 'file' } as unknown as StreamConfig;

describe('driftOf', () => {
  it('is empty for what was wanted, whatever else the server reports', () => {
    expect(driftOf(jobs, { ...found, num_replicas: 3, metadata: { '_nats.ver': '2.15.1' } })).toEqual([]);
  });

  it('corrects what may be changed and reports what may not', () => {
    const drift = driftOf(jobs, { ...found, duplicate_window: 1, max_bytes: 5 });
    expect(drift).toEqual([
      { stream: 'JOBS', setting: 'duplicate_window', wanted: jobs.duplicate_window, found: 1, corrected: true },
      { stream: 'JOBS', setting: 'max_bytes', wanted: jobs.max_bytes, found: 5, corrected: false },
    ]);
  });
});
