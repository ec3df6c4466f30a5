/**
 * Why a provider refuses a call. Not an AppError: these are the lines of the provider that is being played, and each
 * wire format has its own words for them.
 */
export type RefusalKind =
  | 'bad_credentials'
  | 'no_balance'
  | 'rate_limited'
  | 'overloaded'
  | 'server_error'
  | 'moderated'
  | 'invalid'
  | 'model_not_found'
  | 'not_found'
  | 'conflict';

/** What is wrong with the parameter of an `invalid` refusal. */
export type Invalidity = 'missing' | 'unknown' | 'type' | 'value';

export class Refusal extends Error {
  readonly param: string | undefined;
  readonly invalidity: Invalidity;

  constructor(
    readonly kind: RefusalKind,
    message: string,
    options: { param?: string; invalidity?: Invalidity; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'Refusal';
    this.param = options.param;
    this.invalidity = options.invalidity ?? 'value';
  }
}

/** An answer that is scripted to go wrong on the wire, whatever it would have said. */
export class BrokenReply extends Error {
  constructor(readonly how: 'never' | 'reset' | 'garbage') {
    super(`scripted: ${how}`);
    this.name = 'BrokenReply';
  }
}
