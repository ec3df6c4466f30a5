/** A provider's request as its adapter judges it. */
export interface RawCallback {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  /** Lower-case names; repeated ones are joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * `signed`: proven to come from the provider. `hint`: nothing proves it, and nothing speaks against it. `forged`: it bears
 * a signature that is wrong, too old, or missing where there must be one.
 */
export type Trust = 'signed' | 'hint' | 'forged';

/** What this service asks of a provider's adapter: pure, no I/O. `now` in milliseconds since 1970. */
export interface CallbackVerifier {
  verify(raw: RawCallback, secrets: readonly string[], now: number): Trust;
  /** What the body names and claims, as far as it can be read. Never throws. */
  parse(raw: RawCallback): { readonly upstreamId?: string };
  /** The JSON that proves to the provider that this address is ours; undefined for a callback. */
  challenge?(raw: RawCallback): Readonly<Record<string, unknown>> | undefined;
}

export type CallbackVerifiers = Readonly<Record<string, CallbackVerifier>>;
