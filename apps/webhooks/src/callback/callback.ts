import { createHash } from 'node:crypto';
import { type RawCallback, type Trust } from './verifier.js';

/** One callback, judged, on its way into the database. */
export interface InboundCallback {
  /** UUIDv7, made on arrival: the same callback written twice is one row. */
  readonly id: string;
  readonly provider: string;
  readonly attemptId: string;
  readonly raw: RawCallback;
  /** Byte for byte; `raw` has it as text. */
  readonly body: Buffer;
  /** Hex SHA-256 of query and body: the same message sent again has the same one. */
  readonly digest: string;
  readonly sourceIp: string;
  readonly trust: Trust;
  /** The provider's name for the render, where the callback has one that may be one. */
  readonly upstreamId: string | undefined;
  readonly receivedAt: Date;
}

export function digestOf(query: string, body: Buffer): string {
  // The query cannot contain a NUL, so no other query and body give the same input.
  return createHash('sha256').update(query).update('\0').update(body).digest('hex');
}

/** Headers that say something about the message; never cookies, credentials or our own proxies' notes. */
const kept =
  /^(content-type|content-length|user-agent|date|webhook-.*|svix-.*|x-.*(signature|timestamp|nonce|event|webhook|request-id).*)$/;

export function keptHeaders(headers: RawCallback['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => kept.test(name)));
}
