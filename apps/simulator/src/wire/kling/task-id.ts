/** Tells an id of ours from one that a caller gave. */
export const ownId = /^\d{18}$/;

let serial = Math.floor(Math.random() * 100_000);

/** Eighteen digits, beyond what a number holds: the millisecond and a count. */
export function newId(nowMs: number): string {
  serial = (serial + 1) % 100_000;
  return `${nowMs}${String(serial).padStart(5, '0')}`;
}
