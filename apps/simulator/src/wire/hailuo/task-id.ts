let last = 0;

/** `176843862716480`: fifteen digits that grow. */
export function taskId(now: number): string {
  last = Math.max(last + 1, now * 100);
  return String(last);
}

/** Files have numbers of their own; this one tells whose it is. */
const distance = 184_912_052_288;

export function fileIdOf(id: string): string {
  return String(Number(id) + distance);
}

/** The task that a file came of; nonsense for what is no number of a file. */
export function taskOfFile(fileId: string): string {
  return String(Number(fileId) - distance);
}
