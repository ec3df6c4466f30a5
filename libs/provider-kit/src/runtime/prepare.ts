import { type SafeFetch } from '@videoapi/safe-fetch';
import { type Auth, type Call, type CallFailure, type CallOutcome, type NotSent, type Reply } from '../call/call.js';
import { type TokenCall, type TokenSource } from '../call/call.js';
import { type Authorization, fromSecret, fromSignature, fromToken } from './authorize.js';
import { encode } from './encode.js';
import { type FetchedFile } from './inline.js';
import { type HttpRequest } from './http.js';
import { type Secrets } from './secrets.js';
import { baseUrlOf, type Target } from './target.js';
import { type Minted, type Token, tokenKey, Tokens } from './tokens.js';

/** A request as it will be sent, and what of it must never be repeated. */
export interface Prepared {
  readonly request: HttpRequest;
  readonly secrets: readonly string[];
  readonly token?: Token;
}

/** Where we read a file ourselves, by the link that its provider would read it with. */
export type OwnLinks = ReadonlyMap<string, string>;

export interface PreparationParts {
  readonly secrets: Secrets;
  readonly assets: SafeFetch | undefined;
  readonly signal: AbortSignal | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Makes the call that a token comes from. */
  readonly mint: (target: Target, request: HttpRequest, timeoutMs: number) => Promise<CallOutcome>;
}

type NotSentFailure = Extract<CallFailure, { kind: 'not_sent' }>;
type Ready = Authorization & { readonly token?: Token };

/** What a call may carry in one file. Bytes. */
const assetCap = 32 * 1024 * 1024;
/** Several calls wait for one token: its own clock, not that of whoever came first. Milliseconds. */
const mintTimeoutMs = 10_000;

/** Everything about a call before its first byte leaves: input files, credential, signature or token. */
export class Preparation {
  private readonly tokens = new Tokens(() => performance.now());

  constructor(private readonly parts: PreparationParts) {}

  /** Never throws. Whatever is in the way, not one byte of the call was sent. */
  async prepare(
    target: Target,
    call: Call,
    timeoutMs: number,
    ownLinks: OwnLinks = new Map(),
  ): Promise<Prepared | NotSentFailure> {
    const endsAt = performance.now() + timeoutMs;
    try {
      const fetchFile = (url: string) => this.fetchFile(ownLinks.get(url) ?? url, endsAt - performance.now());
      const request = await encode(call, baseUrlOf(target, call), fetchFile);
      const ready = await this.authorize(target, call.auth, request, endsAt);
      if ('kind' in ready) return ready;
      const { headers, secrets, token } = ready;
      return {
        request: { ...request, headers: { ...request.headers, ...headers } },
        secrets,
        ...(token && { token }),
      };
    } catch (error) {
      if (error instanceof UnusableCredential) return notSent('credential', 'the credential cannot be used');
      if (error instanceof MissingFile) return notSent('asset', 'an input file could not be fetched');
      return notSent('network', 'not a call that can be made');
    }
  }

  /** True when the token was refused, which is then forgotten. */
  isTokenRefused({ auth }: Call, { token }: Prepared, reply: Reply): boolean {
    if (auth.put !== 'token' || token === undefined) return false;
    try {
      if (!auth.token.isRefused(reply)) return false;
    } catch {
      return false;
    }
    this.tokens.drop(token);
    return true;
  }

  private async authorize(
    target: Target,
    auth: Auth,
    request: HttpRequest,
    endsAt: number,
  ): Promise<Ready | NotSentFailure> {
    switch (auth.put) {
      case 'none':
        return { headers: {}, secrets: [] };
      case 'bearer':
      case 'header': {
        const secret = (await this.secretsOf(target, [auth.credential]))?.[auth.credential];
        return secret === undefined ? noCredential : usable(() => fromSecret(auth, secret));
      }
      case 'signed': {
        const secrets = await this.secretsOf(target, auth.credentials);
        if (secrets === undefined) return noCredential;
        return usable(() => fromSignature(auth, request, secrets, this.parts.now()));
      }
      case 'token': {
        const token = await within(this.tokenFrom(target, auth.token), endsAt - performance.now());
        if (token === undefined) return notSent('network', 'no token in time');
        return 'kind' in token ? token : { ...usable(() => fromToken(auth, token)), token };
      }
    }
  }

  private async tokenFrom(target: Target, source: TokenSource): Promise<Token | NotSentFailure> {
    const secrets = await this.secretsOf(target, source.credentials);
    if (secrets === undefined) return noCredential;
    const key = tokenKey(target.channel, source.name, secrets);
    const obtained = await this.tokens.obtain(key, () => this.mint(target, source, secrets));
    if ('value' in obtained) return obtained;
    if ('missing' in obtained) return notSent(obtained.missing, obtained.reason);
    const { failure } = obtained;
    return { kind: 'not_sent', cause: 'token', reason: `no token: ${failure.code}`, failure };
  }

  private async mint(target: Target, source: TokenSource, secrets: Readonly<Record<string, string>>): Promise<Minted> {
    let call: TokenCall;
    try {
      call = source.mint(secrets, this.parts.now());
    } catch {
      return { missing: 'credential', reason: 'the credential cannot be used' };
    }
    try {
      const request = await encode({ ...call, auth: { put: 'none' } }, baseUrlOf(target, call), noFiles);
      const outcome = await this.parts.mint(target, request, mintTimeoutMs);
      if (outcome.kind === 'reply') return source.read(outcome.reply);
      return { missing: 'network', reason: `no token: ${outcome.reason}` };
    } catch {
      return { missing: 'network', reason: 'no token: not an answer that can be read' };
    }
  }

  /** Undefined when one of them is not there. */
  private async secretsOf({ channel }: Target, names: readonly string[]): Promise<Record<string, string> | undefined> {
    const known = await this.parts.secrets.readAll(channel, names);
    return names.every((name) => known[name] !== undefined) ? known : undefined;
  }

  private async fetchFile(url: string, timeoutMs: number): Promise<FetchedFile> {
    const { assets, signal } = this.parts;
    if (assets === undefined || timeoutMs < 1) throw new MissingFile();
    try {
      const response = await assets.request(url, {
        maxBytes: assetCap,
        maxRedirects: 3,
        timeoutMs,
        ...(signal !== undefined && { signal }),
      });
      if (response.status !== 200) throw new MissingFile();
      const contentType = response.headers['content-type']?.split(';')[0]?.trim() ?? 'application/octet-stream';
      return { bytes: response.body, contentType };
    } catch {
      throw new MissingFile();
    }
  }
}

class MissingFile extends Error {}
class UnusableCredential extends Error {}

const noCredential = notSent('credential', 'the credential is not there');

function notSent(cause: NotSent, reason: string): NotSentFailure {
  return { kind: 'not_sent', cause, reason };
}

function usable(authorize: () => Authorization): Authorization {
  try {
    return authorize();
  } catch {
    throw new UnusableCredential();
  }
}

function noFiles(): Promise<never> {
  return Promise.reject(new MissingFile());
}

/** Undefined when it takes longer. */
async function within<Value>(work: Promise<Value>, timeoutMs: number): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), timeoutMs)));
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
