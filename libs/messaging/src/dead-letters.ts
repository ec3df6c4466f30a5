import { Injectable } from '@nestjs/common';
import { DeliverPolicy, type JsMsg, type StoredMsg } from '@nats-io/jetstream';
import { type MsgHdrs } from '@nats-io/transport-node';
import { AppError } from '@videoapi/contracts';
import { randomUUID } from 'node:crypto';
import { Nats } from './nats.js';
import { store } from './store.js';

/** A message that was given up on: exactly what was delivered, and why it ended here. */
export interface DeadLetter {
  readonly stream: string;
  readonly consumer: string;
  readonly sequence: number;
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly code: string;
  readonly reason: string;
  readonly deliveries: number;
}

export interface StoredDeadLetter extends DeadLetter {
  /** Its place in the stream `DLQ`: what `replay` and `discard` take. */
  readonly id: number;
  readonly failedAt: Date;
}

const messageIdHeader = 'Nats-Msg-Id';
/** On a replayed message: the one durable that is to handle it again. The others ack it unseen. */
export const replayForHeader = 'x-replay-for';
const replayOfHeader = 'x-replay-of';
const ownHeaders = {
  stream: 'x-dlq-stream',
  consumer: 'x-dlq-consumer',
  sequence: 'x-dlq-sequence',
  subject: 'x-dlq-subject',
  code: 'x-dlq-code',
  reason: 'x-dlq-reason',
  deliveries: 'x-dlq-deliveries',
  messageId: 'x-dlq-message-id',
} as const;
const ownHeaderNames = new Set<string>(Object.values(ownHeaders));

/** The stream `DLQ`: body untouched, what happened to it in headers, so that nothing can fail to fit. */
@Injectable()
export class DeadLetters {
  constructor(private readonly nats: Nats) {}

  /** Resolves when it is stored. The same message of the same consumer is stored once. */
  async put(letter: DeadLetter): Promise<void> {
    const { stream, consumer, sequence } = letter;
    const { [messageIdHeader]: messageId = '', ...headers } = letter.headers;
    await store(this.nats, {
      id: `dlq:${stream}:${consumer}:${sequence}`,
      subject: `dlq.${stream}.${consumer}`,
      body: letter.body,
      headers: {
        ...headers,
        [ownHeaders.stream]: stream,
        [ownHeaders.consumer]: consumer,
        [ownHeaders.sequence]: String(sequence),
        [ownHeaders.subject]: letter.subject,
        [ownHeaders.code]: letter.code,
        [ownHeaders.reason]: headerText(letter.reason),
        [ownHeaders.deliveries]: String(letter.deliveries),
        [ownHeaders.messageId]: messageId,
      },
    });
  }

  /** Oldest first, those after the letter `after`. */
  async list({ limit, after = 0 }: { limit: number; after?: number }): Promise<StoredDeadLetter[]> {
    const consumer = await this.nats.jetstream.consumers.get('DLQ', {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: after + 1,
    });
    const { num_pending: waiting } = await consumer.info();
    if (waiting === 0) return [];
    const letters: StoredDeadLetter[] = [];
    for await (const message of await consumer.fetch({ max_messages: Math.min(limit, waiting), expires: 2_000 }))
      letters.push(read(message, message.headers));
    return letters;
  }

  /** Sends it once more, to the consumer that failed, and removes it here. @throws AppError `not_found` */
  async replay(id: number): Promise<void> {
    const letter = await this.get(id);
    await store(this.nats, {
      // A new one: the stream would drop the original as a repeat. The envelope inside keeps its id, for the inbox.
      id: randomUUID(),
      subject: letter.subject,
      body: letter.body,
      headers: { ...letter.headers, [replayForHeader]: letter.consumer, [replayOfHeader]: String(id) },
    });
    await this.discard(id);
  }

  async discard(id: number): Promise<void> {
    await this.nats.manager.streams.deleteMessage('DLQ', id, false);
  }

  private async get(id: number): Promise<StoredDeadLetter> {
    const message = await this.nats.manager.streams.getMessage('DLQ', { seq: id });
    if (message === null) throw new AppError('not_found', `No dead letter ${id}.`);
    return read(message, message.header);
  }
}

export function headerRecord(headers: MsgHdrs | undefined): Record<string, string> {
  return Object.fromEntries((headers?.keys() ?? []).map((name) => [name, headers?.get(name) ?? '']));
}

function read(message: JsMsg | StoredMsg, headers: MsgHdrs | undefined): StoredDeadLetter {
  const all = headerRecord(headers);
  const original = Object.entries(all).filter(([name]) => !ownHeaderNames.has(name) && name !== messageIdHeader);
  const messageId = all[ownHeaders.messageId] ?? '';
  return {
    id: message.seq,
    failedAt: message.time,
    stream: all[ownHeaders.stream] ?? '',
    consumer: all[ownHeaders.consumer] ?? '',
    sequence: Number(all[ownHeaders.sequence]),
    subject: all[ownHeaders.subject] ?? '',
    code: all[ownHeaders.code] ?? '',
    reason: all[ownHeaders.reason] ?? '',
    deliveries: Number(all[ownHeaders.deliveries]),
    headers: Object.fromEntries([...original, ...(messageId === '' ? [] : [[messageIdHeader, messageId]])]),
    body: message.data,
  };
}

/** One line of printable ASCII, as a header must be. */
function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 500);
}
