import { type Caller } from '../api-key/caller.js';
import { type KeyDialect } from '../api-key/scope.js';

/** What the edge knows about one request. Hangs on Fastify's request, so that a hot path needs no lookup. */
export class Edge {
  caller: Caller | undefined;
  /** Of the key, known even when the key is not good any more: its owner is told so in its own words. */
  keyDialect: KeyDialect | undefined;
  /** The code of the error that was answered, for the log line. */
  errorCode: string | undefined;
  taskId: string | undefined;
  private readonly marks: string[] = [];
  private markedAt: number;

  constructor(
    readonly requestId: string,
    readonly startedAt: number,
  ) {
    this.markedAt = startedAt;
  }

  /** Everything since the last mark was this part of the work: shown in `server-timing`. */
  mark(part: 'read' | 'auth' | 'validate' | 'idempotency' | 'engine'): void {
    const now = performance.now();
    this.marks.push(`${part};dur=${(now - this.markedAt).toFixed(2)}`);
    this.markedAt = now;
  }

  /** `engine` is what the rest of the platform took; the difference to `total` is the gateway's own share. */
  serverTiming(now: number): string {
    return [...this.marks, `total;dur=${(now - this.startedAt).toFixed(2)}`].join(', ');
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    edge: Edge;
  }
}
