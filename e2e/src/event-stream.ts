import { type Customer, type NativeTask } from './customer.js';
import { type DevFile } from './stack.js';

/** One event of `GET /v1/video/generations/{id}/events`. */
export interface TaskEvent {
  readonly id: number;
  readonly name: string;
  readonly task: NativeTask;
}

export interface EventStream {
  readonly status: number;
  readonly events: AsyncGenerator<TaskEvent, void>;
}

/** Opens the stream as an EventSource does; who leaves the loop closes the connection. */
export async function openEvents(
  stack: DevFile,
  { key }: Customer,
  taskId: string,
  lastEventId?: number,
): Promise<EventStream> {
  const hangUp = new AbortController();
  const response = await fetch(`${stack.gateway}/v1/video/generations/${taskId}/events`, {
    headers: {
      authorization: `Bearer ${key}`,
      accept: 'text/event-stream',
      ...(lastEventId !== undefined && { 'last-event-id': String(lastEventId) }),
    },
    signal: AbortSignal.any([hangUp.signal, AbortSignal.timeout(90_000)]),
  });
  return { status: response.status, events: read(response, hangUp) };
}

async function* read(response: Response, hangUp: AbortController): AsyncGenerator<TaskEvent, void> {
  try {
    let rest = '';
    for await (const text of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      const blocks = (rest + text).split('\n\n');
      rest = blocks.pop() ?? '';
      yield* blocks.flatMap(parse);
    }
  } finally {
    hangUp.abort();
  }
}

/** A block without an id is a comment, or how long to wait before coming back. */
function parse(block: string): TaskEvent[] {
  const [, id, name = '', data = ''] = /^id: (\d+)\nevent: (.*)\ndata: (.*)$/.exec(block) ?? [];
  return id === undefined ? [] : [{ id: Number(id), name, task: JSON.parse(data) }];
}
