let serial = 0n;

/** `4790000000000000001`: nineteen digits, beyond what a number of JavaScript can hold. */
export function videoId(now: number): string {
  serial = (serial + 1n) % 1_000_000n;
  return String(3_000_000_000_000_000_000n + BigInt(now) * 1_000_000n + serial);
}
