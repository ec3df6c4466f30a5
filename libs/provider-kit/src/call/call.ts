/** Where the credential goes. The adapter names it; only the runtime ever sees it. */
export type Auth =
  | { readonly put: 'bearer'; readonly credential: string }
  | { readonly put: 'header'; readonly name: string; readonly credential: string }
  | { readonly put: 'none' };

/** A field of a form, or a file whose bytes the runtime fetches from a URL while it writes the form. */
export type Part =
  { readonly name: string; readonly value: string } | { readonly name: string; readonly fileUrl: string };

/**
 * One HTTP call as an adapter describes it, always to the channel's own base URL: a credential cannot end up anywhere
 * else. At most one of `json`, `form` and `multipart`.
 */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the base URL, with its leading slash; ids in it are percent-encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  readonly headers?: Readonly<Record<string, string>>;
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
  /** Parsed JSON. Text only beside a status that is no success: a proxy's page, for one. */
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
  | { readonly kind: 'ambiguous'; readonly reason: string }
  | { readonly kind: 'too_large'; readonly reason: string }
  | { readonly kind: 'unparseable'; readonly reason: string };

/** Whose fault it is that nothing was sent. */
export type NotSent = 'network' | 'credential' | 'asset';
