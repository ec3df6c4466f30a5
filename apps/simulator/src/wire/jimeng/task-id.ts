let serial = 0n;

/** `7392616336519610409`: nineteen digits, beyond what a number of JavaScript can hold. */
export function taskId(now: number): string {
  serial = (serial + 1n) % 1_000_000n;
  return String(5_000_000_000_000_000_000n + BigInt(now) * 1_000_000n + serial);
}
