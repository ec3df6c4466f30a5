/** Why a URL, or a hop that it led to, may not be called. Nothing was sent to the refused address. */
export type UnsafeUrlCode =
  | 'bad_url'
  | 'too_long'
  | 'bad_scheme'
  | 'userinfo'
  | 'bad_host'
  | 'bad_port'
  | 'blocked_address'
  | 'redirect_limit'
  | 'redirect_downgrade'
  | 'bad_redirect';

export class UnsafeUrlError extends Error {
  override readonly name = 'UnsafeUrlError';

  constructor(
    readonly code: UnsafeUrlCode,
    message: string,
  ) {
    super(message);
  }
}

/** Which of our own limits ended the exchange. */
export type FetchLimitCode =
  'timeout' | 'connect_timeout' | 'headers_timeout' | 'idle_timeout' | 'too_large' | 'decompression_ratio';

export class FetchLimitError extends Error {
  override readonly name = 'FetchLimitError';

  constructor(
    readonly code: FetchLimitCode,
    message: string,
    /** False: not one byte of a request left this machine, so the other side cannot have acted on it. */
    readonly requestSent: boolean,
  ) {
    super(message);
  }
}

/** What the network or the other side did. */
export type FetchNetworkCode = 'dns' | 'refused' | 'reset' | 'tls' | 'protocol' | 'network';

export class FetchNetworkError extends Error {
  override readonly name = 'FetchNetworkError';

  constructor(
    readonly code: FetchNetworkCode,
    message: string,
    /** False: not one byte of a request left this machine, so the other side cannot have acted on it. */
    readonly requestSent: boolean,
    cause: unknown,
  ) {
    super(message, { cause });
  }
}

/** Gives every failure of undici, the resolver, TLS and zlib one of the three types above, by code and never by message. */
export function asFetchError(error: unknown, requestSent: boolean): Error {
  if (error instanceof UnsafeUrlError || error instanceof FetchLimitError || error instanceof FetchNetworkError) {
    return error;
  }
  const code = codeOf(error);
  const limit = limitCodes.get(code);
  if (limit !== undefined) return new FetchLimitError(limit, `Gave up: ${limit}`, requestSent);
  const kind = networkCodeOf(code);
  return new FetchNetworkError(kind, `Request failed: ${kind} (${code})`, requestSent, error);
}

/** By shape: errors of the resolver and of aborted signals may come from another realm, and `instanceof` would miss them. */
export function isError(error: unknown): error is Error {
  return typeof error === 'object' && error !== null && 'name' in error && 'message' in error;
}

const limitCodes = new Map<string, FetchLimitCode>([
  ['UND_ERR_CONNECT_TIMEOUT', 'connect_timeout'],
  ['ETIMEDOUT', 'connect_timeout'],
  ['UND_ERR_HEADERS_TIMEOUT', 'headers_timeout'],
  ['UND_ERR_BODY_TIMEOUT', 'idle_timeout'],
]);

function networkCodeOf(code: string): FetchNetworkCode {
  if (code === 'ENOTFOUND' || code.startsWith('EAI_') || code === 'ENODATA') return 'dns';
  if (code === 'ECONNREFUSED') return 'refused';
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET') return 'reset';
  if (/^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|EPROTO)/.test(code)) return 'tls';
  if (/^(HPE_|HTTPParserError|UND_ERR_|Z_|ERR__ERROR_FORMAT|ERR_PADDING|ZSTD_)/.test(code)) return 'protocol';
  return 'network';
}

/** Undici's parser errors often have a name only. */
function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'name' in error && typeof error.name === 'string' ? error.name : 'unknown';
}
