const space = 36 ** 5;
let serial = Math.floor(Math.random() * space);

/** `cgt-20260514183217-t8rzv`: the second in UTC and five letters, which do not repeat before 60 million ids. */
export function taskId(now: number): string {
  const second = new Date(now).toISOString().replaceAll(/\D/g, '').slice(0, 14);
  serial = (serial + 17_312_471) % space;
  return `cgt-${second}-${serial.toString(36).padStart(5, '0')}`;
}
