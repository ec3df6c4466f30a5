export { createSafeFetch, SafeFetch } from './safe-fetch.js';
export type { FetchOptions, FetchResponse, SafeFetchOptions } from './safe-fetch.js';
export { FetchLimitError, FetchNetworkError, UnsafeUrlError } from './errors.js';
export type { FetchLimitCode, FetchNetworkCode, UnsafeUrlCode } from './errors.js';
