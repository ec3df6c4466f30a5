import { type IncomingHttpHeaders } from 'node:http';
import { type Readable } from 'node:stream';
import { type ObjectStore } from './store.js';

/** A verified request. */
export interface Call {
  readonly store: ObjectStore;
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly payloadHash: string;
  readonly body: AsyncIterable<Buffer>;
  readonly now: number;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** XML when it is a string. */
  readonly body?: string | Readable;
}

export type Operation = (call: Call) => Promise<Reply>;
