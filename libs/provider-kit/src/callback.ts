/** A callback as it arrived: header names in lower case, the body byte for byte. */
export interface RawCallback {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Without the question mark; empty when there is none. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** `signed`: surely from the provider. `hint`: it signs nothing, so it is a reason to look and no more. */
export type Trust = 'signed' | 'hint' | 'forged';

/** What a callback says, as far as it can be read. A wake-up: what it claims is always read back. */
export interface CallbackHint {
  readonly upstreamId?: string;
  readonly status?: string;
}

/** Pure. `now` in milliseconds since 1970. */
export interface CallbackVerifier {
  verify(raw: RawCallback, secrets: readonly string[], now: number): Trust;
  /** Never throws; nothing readable is an empty hint. */
  parse(raw: RawCallback): CallbackHint;
  /** The JSON that proves to the provider that this address is ours; undefined for a callback. Never throws. */
  challenge?(raw: RawCallback): Readonly<Record<string, unknown>> | undefined;
}
