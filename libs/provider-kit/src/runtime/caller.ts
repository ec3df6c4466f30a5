import { type ChannelTarget } from '@videoapi/contracts';
import { type SafeFetch } from '@videoapi/safe-fetch';
import { type Auth, type Call, type CallOutcome } from '../call/call.js';
import { encode, type FetchedFile } from './encode.js';
import { type HttpRequest, type ProviderHttp, type RawReply } from './http.js';
import { redact } from './redact.js';
import { type Secrets } from './secrets.js';

export type Operation = 'submit' | 'look_up' | 'poll' | 'poll_many' | 'cancel' | 'download';

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
  readonly http: ProviderHttp;
  readonly secrets: Secrets;
  /** Reads the assets that a form carries; without it such a call is refused. */
  readonly assets?: SafeFetch;
  readonly observe?: (report: CallReport) => void;
  /** Ends every call, for a process that stops. */
  readonly signal?: AbortSignal;
}

/** What a form may carry in one file. Bytes. */
const assetCap = 32 * 1024 * 1024;

/** Turns a described call into a real one. */
export class Caller {
  constructor(private readonly options: CallerOptions) {}

  /** One call, one outcome; never throws. */
  async perform(operation: Operation, channel: ChannelTarget, call: Call, timeoutMs: number): Promise<CallOutcome> {
    const startedAt = performance.now();
    const outcome = await this.tryTo(channel, call, timeoutMs);
    this.options.observe?.({
      provider: channel.provider,
      channelId: channel.id,
      operation,
      outcome: outcome.kind,
      status: outcome.kind === 'reply' ? outcome.reply.status : undefined,
      reason: outcome.kind === 'reply' ? undefined : outcome.reason,
      tookMs: Math.round(performance.now() - startedAt),
    });
    return outcome;
  }

  /** The request of a call, credential included. The reason when there is none. */
  async prepare(channel: ChannelTarget, call: Call): Promise<HttpRequest | Extract<CallOutcome, { kind: 'not_sent' }>> {
    const credential = await this.credentialHeaders(channel, call.auth);
    if (credential === undefined) {
      return { kind: 'not_sent', cause: 'credential', reason: 'the credential is not there' };
    }
    try {
      const request = await encode(call, channel.baseUrl, (url) => this.fetchFile(url));
      return { ...request, headers: { ...request.headers, ...credential } };
    } catch {
      if (call.multipart === undefined)
        return { kind: 'not_sent', cause: 'network', reason: 'not a call that can be made' };
      return { kind: 'not_sent', cause: 'asset', reason: 'an input file could not be fetched' };
    }
  }

  /** Removes this channel's secrets from text that somebody else wrote. */
  async redactor({ credentials }: ChannelTarget): Promise<(text: string) => string> {
    const values = await Promise.all(
      Object.values(credentials).map((reference) => this.options.secrets.read(reference)),
    );
    const secrets = values.filter((value) => value !== undefined);
    return (text) => redact(text, secrets);
  }

  private async tryTo(channel: ChannelTarget, call: Call, timeoutMs: number): Promise<CallOutcome> {
    const request = await this.prepare(channel, call);
    if ('kind' in request) return request;
    const outcome = await this.options.http.exchange(request, { timeoutMs, signal: this.options.signal });
    return outcome.kind === 'raw' ? parsed(outcome) : outcome;
  }

  private async credentialHeaders(
    { credentials }: ChannelTarget,
    auth: Auth,
  ): Promise<Record<string, string> | undefined> {
    if (auth.put === 'none') return {};
    const reference = credentials[auth.credential];
    const secret = reference === undefined ? undefined : await this.options.secrets.read(reference);
    if (secret === undefined) return undefined;
    return auth.put === 'bearer' ? { authorization: `Bearer ${secret}` } : { [auth.name]: secret };
  }

  private async fetchFile(url: string): Promise<FetchedFile> {
    const { assets, signal } = this.options;
    if (assets === undefined) throw new TypeError('This process fetches no assets.');
    const response = await assets.request(url, {
      maxBytes: assetCap,
      maxRedirects: 3,
      timeoutMs: 30_000,
      ...(signal !== undefined && { signal }),
    });
    if (response.status !== 200) throw new RangeError(`status ${response.status}`);
    const contentType = response.headers['content-type']?.split(';')[0]?.trim() ?? 'application/octet-stream';
    return { bytes: response.body, contentType };
  }
}

/** Text is good enough beside a failure: the status then says what matters, and proxies answer in HTML. */
function parsed({ reply, bytes }: RawReply): CallOutcome {
  const text = bytes.toString('utf8');
  const isSuccess = reply.status >= 200 && reply.status < 300;
  try {
    return { kind: 'reply', reply: { ...reply, body: text === '' && isSuccess ? undefined : JSON.parse(text) } };
  } catch {
    if (!isSuccess) return { kind: 'reply', reply: { ...reply, body: text } };
    return { kind: 'unparseable', reason: `status ${reply.status}: ${bytes.length} bytes that are no JSON` };
  }
}
