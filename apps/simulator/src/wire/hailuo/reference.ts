/** There is no field for a caller's id; a callback URL of its own per task does the same. */
export function lastSegment(callbackUrl: string | undefined): string | undefined {
  const segment = callbackUrl === undefined ? '' : new URL(callbackUrl).pathname.split('/').at(-1);
  return segment === '' ? undefined : segment;
}
