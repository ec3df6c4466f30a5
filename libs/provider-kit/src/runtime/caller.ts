import { type ChannelTarget } from '@videoapi/contracts';
import { type SafeFetch } from '@videoapi/safe-fetch';
import { type Call, type CallFailure, type CallOutcome, type Reply } from '../call/call.js';
import { type HttpRequest, type ProviderHttp } from './http.js';
import { type OwnLinks, Preparation, type Prepared } from './prepare.js';
import { readReply } from './read-reply.js';
import { Redactor } from './redact.js';
import { type Secrets } from './secrets.js';
import { type Target } from './target.js';

export type Operation = 'submit' | 'look_up' | 'poll' | 'poll_many' | 'cancel' | 'token' | 'download';

/** What became of one call: one line in the log, one count in the metrics. */
export interface CallReport {
  readonly provider: string;
  readonly channelId: string;
  readonly operation: Operation;
  readonly outcome: CallOutcome['kind'];
  readonly status: number | undefined;
  /** Why there is no reply. */
  readonly reason: string | undefined;
  readonly tookMs: number;
}

export interface CallerOptions {
  readonly http: Pick<ProviderHttp, 'exchange'>;
  readonly secrets: Secrets;
  /** Reads the assets that a call carries; without it such a call is refused. */
  readonly assets?: SafeFetch;
  readonly observe?: (report: CallReport) => void;
  /** Ends every call, for a process that stops. */
  readonly signal?: AbortSignal;
  /** Milliseconds since 1970, for signatures. Default: the process's own clock. */
  readonly now?: () => number;
}

/** The calls of one operation. What was sent in them does not come out again in words. */
export interface Conversation {
  /** One call, one outcome; never throws. */
  perform(call: Call, timeoutMs: number): Promise<CallOutcome>;
  /** Knows the channel's credentials, and every token and signature that was sent so far. */
  redactor(): Promise<Pick<Redactor, 'redact' | 'isIn'>>;
}

/** Turns described calls into real ones. */
export class Caller {
  private readonly preparation: Preparation;

  constructor(private readonly options: CallerOptions) {
    const { secrets, assets, signal, now = Date.now } = options;
    this.preparation = new Preparation({
      secrets,
      assets,
      signal,
      now,
      mint: (target, request, timeoutMs) => this.exchange('token', target.channel, request, timeoutMs),
    });
  }

  converse(operation: Operation, target: Target, ownLinks?: OwnLinks): Conversation {
    const sent = new Set<string>();
    return {
      perform: (call, timeoutMs) => this.perform({ operation, target, sent, ownLinks }, call, timeoutMs),
      redactor: async () => {
        const credentials = await this.options.secrets.readAll(target.channel);
        return new Redactor(credentials, sent);
      },
    };
  }

  /** The request of a call, credential included. What is in the way when there is none. */
  prepare(target: Target, call: Call, timeoutMs: number, ownLinks?: OwnLinks): Promise<Prepared | NotSentFailure> {
    return this.preparation.prepare(target, call, timeoutMs, ownLinks);
  }

  /** A reply to a prepared call. True when its token was refused, which is then forgotten: the call may be made again. */
  isTokenRefused(call: Call, prepared: Prepared, reply: Reply): boolean {
    return this.preparation.isTokenRefused(call, prepared, reply);
  }

  private async perform(
    { operation, target, sent, ownLinks }: Talk,
    call: Call,
    timeoutMs: number,
  ): Promise<CallOutcome> {
    const endsAt = performance.now() + timeoutMs;
    for (let repeats = 0; ; repeats += 1) {
      const prepared = await this.prepare(target, call, endsAt - performance.now(), ownLinks);
      if ('kind' in prepared) return this.unsent(operation, target.channel, prepared);
      const leftMs = Math.floor(endsAt - performance.now());
      if (leftMs < 1) return this.unsent(operation, target.channel, noTimeLeft);
      for (const secret of prepared.secrets) sent.add(secret);
      const outcome = await this.exchange(operation, target.channel, prepared.request, leftMs);
      const isRefused = outcome.kind === 'reply' && this.isTokenRefused(call, prepared, outcome.reply);
      if (!isRefused || repeats > 0) return outcome;
    }
  }

  private async exchange(
    operation: Operation,
    { id, provider }: ChannelTarget,
    request: HttpRequest,
    timeoutMs: number,
  ): Promise<CallOutcome> {
    const startedAt = performance.now();
    const raw = await this.options.http.exchange(request, { timeoutMs, signal: this.options.signal });
    const outcome = raw.kind === 'raw' ? readReply(raw) : raw;
    this.options.observe?.({
      provider,
      channelId: id,
      operation,
      outcome: outcome.kind,
      status: outcome.kind === 'reply' ? outcome.reply.status : undefined,
      reason: outcome.kind === 'reply' ? undefined : outcome.reason,
      tookMs: Math.round(performance.now() - startedAt),
    });
    return outcome;
  }

  private unsent(operation: Operation, { id, provider }: ChannelTarget, failure: NotSentFailure): NotSentFailure {
    const { kind: outcome, reason } = failure;
    this.options.observe?.({ provider, channelId: id, operation, outcome, status: undefined, reason, tookMs: 0 });
    return failure;
  }
}

interface Talk {
  readonly operation: Operation;
  readonly target: Target;
  /** Secrets. */
  readonly sent: Set<string>;
  readonly ownLinks: OwnLinks | undefined;
}

const noTimeLeft = { kind: 'not_sent', cause: 'network', reason: 'no time was left for the call' } as const;

type NotSentFailure = Extract<CallFailure, { kind: 'not_sent' }>;
