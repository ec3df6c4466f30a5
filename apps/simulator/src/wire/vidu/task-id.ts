let serial = 879_900_000_000_000_000n + BigInt(Math.floor(Math.random() * 2 ** 40)) * 1_000n;

/** Eighteen digits, beyond what a double can hold, which is why they travel as text. */
export function taskId(): string {
  serial += 1_021n;
  return String(serial);
}
