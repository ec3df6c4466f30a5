import { type Failure } from '@videoapi/contracts';

/** Where the credential goes. The adapter names it; only the runtime, and a pure function of the adapter's, ever see it. */
export type Auth =
  | { readonly put: 'bearer'; readonly credential: string }
  | { readonly put: 'header'; readonly name: string; readonly credential: string }
  | { readonly put: 'signed'; readonly credentials: readonly string[]; readonly sign: Sign }
  | { readonly put: 'token'; readonly as: 'bearer' | { readonly header: string }; readonly token: TokenSource }
  | { readonly put: 'none' };

/** Pure: the headers that sign a request, by its exact bytes. `secrets` by credential name, `nowMs` since 1970. */
export type Sign = (
  request: SignableRequest,
  secrets: Readonly<Record<string, string>>,
  nowMs: number,
) => Readonly<Record<string, string>>;

/** A request as it will be sent, but for the headers that sign it. */
export interface SignableRequest {
  readonly method: string;
  readonly url: URL;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Empty when there is none. */
  readonly body: Uint8Array;
}

/** How a credential is exchanged for a token that lives for a while. Kept per channel and credential by the runtime. */
export interface TokenSource {
  /** Tells this token from others of the same channel. */
  readonly name: string;
  readonly credentials: readonly string[];
  /** Pure. Throws for a credential that it cannot use, such as a key file that is none. */
  mint(secrets: Readonly<Record<string, string>>, nowMs: number): TokenCall;
  /** Whatever the status was. */
  read(reply: Reply): { readonly token: string; readonly livesMs: number } | { readonly failure: Failure };
  /** This answer to a later call says that the token was refused before anything happened: the call is repeated once. */
  isRefused(reply: Reply): boolean;
}

/** Carries the credential itself: in its headers or its body. */
export type TokenCall = Pick<Call, 'method' | 'path' | 'host' | 'headers' | 'json' | 'form'>;

/** A field of a form, or a file whose bytes the runtime fetches from a URL while it writes the form. */
export type Part =
  { readonly name: string; readonly value: string } | { readonly name: string; readonly fileUrl: string };

/**
 * One HTTP call as an adapter describes it, to the channel's own base URL or to a host that the adapter declares: a
 * credential cannot end up anywhere else. At most one of `json`, `form` and `multipart`.
 */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** A name of `capabilities.hosts`; without it the channel's base URL. */
  readonly host?: string;
  /** Below the base URL, with its leading slash; ids in it are percent-encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** An `inlineFile` anywhere in it becomes the file's content. */
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  readonly multipart?: readonly Part[];
  readonly auth: Auth;
  /** This call starts a render: when its answer is lost, nobody knows whether one runs. */
  readonly creates?: true;
}

/** A complete answer, whatever its status. */
export interface Reply {
  readonly status: number;
  /** Lower-case names; repeated ones joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON, an integer beyond 2^53 as a string of its digits. Text only beside a status that is no success: a proxy's page, for one. */
  readonly body: unknown;
}

/** A conversation with a provider: yields calls, receives replies, returns what they mean. No I/O, no clock, no chance. */
export type Step<Result> = Generator<Call, Result, Reply>;

/** What became of one call. An adapter sees replies only; the rest ends its step. */
export type CallOutcome = { readonly kind: 'reply'; readonly reply: Reply } | CallFailure;

/**
 * `not_sent`: not one byte of the request left, so another route may be tried. `ambiguous`: it was sent and nobody knows
 * what came of it. `too_large`, `unparseable`: an answer of the provider that cannot be read.
 */
export type CallFailure =
  | { readonly kind: 'not_sent'; readonly cause: NotSent; readonly reason: string }
  | { readonly kind: 'not_sent'; readonly cause: 'token'; readonly reason: string; readonly failure: Failure }
  | { readonly kind: 'ambiguous'; readonly reason: string }
  | { readonly kind: 'too_large'; readonly reason: string }
  | { readonly kind: 'unparseable'; readonly reason: string };

/** Whose fault it is that nothing was sent; the provider's own when it gave no `token`. */
export type NotSent = 'network' | 'credential' | 'asset';
