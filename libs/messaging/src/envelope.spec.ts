import { defineEvent, defineJob } from '@videoapi/contracts';
import { z } from 'zod';
import { withCall } from './call.js';
import { eventMessage, jobMessage } from './envelope.js';

const happened = defineEvent('thing', 'happened', z.object({ n: z.int() }));
const work = defineJob('work', z.object({ n: z.int() }));
const occurredAt = new Date('2026-11-21T10:00:00.000Z');

describe('outbox messages', () => {
  it('carry the envelope under the id that the stream will know them by', () => {
    expect(eventMessage(happened, { id: 'a:1', key: 'a', data: { n: 1 }, occurredAt })).toEqual({
      id: 'a:1',
      key: 'a',
      subject: 'evt.thing.v1.happened',
      payload: { id: 'a:1', occurredAt: '2026-11-21T10:00:00.000Z', data: { n: 1 } },
    });
    expect(jobMessage(work, 'kling', { id: 'b', key: 'b', data: { n: 1 }, occurredAt }).subject).toBe(
      'job.v1.work.kling',
    );
  });

  it('take the trace of the call along', () => {
    const message = withCall({ traceparent: '00-aa-bb-01', deadline: 5 }, () =>
      eventMessage(happened, { id: 'a', key: 'a', data: { n: 1 }, occurredAt }),
    );
    expect(message.headers).toEqual({ traceparent: '00-aa-bb-01' });
  });

  it('refuse data that breaks the contract, and drop what the contract does not name', () => {
    expect(() => eventMessage(happened, { id: 'a', key: 'a', data: { n: 1.5 }, occurredAt })).toThrow(z.ZodError);
    const data = { n: 1, secret: 'x' };
    expect(eventMessage(happened, { id: 'a', key: 'a', data, occurredAt }).payload).toMatchObject({ data: { n: 1 } });
    expect(JSON.stringify(eventMessage(happened, { id: 'a', key: 'a', data, occurredAt }))).not.toContain('secret');
  });
});
