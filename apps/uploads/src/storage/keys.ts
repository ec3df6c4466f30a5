/** Object keys are made here and nowhere else: no user's text ever becomes part of one. */

export function uploadKey(accountId: string, mediaId: string, extension: string, at: Date): string {
  return `uploads/${accountId}/${monthOf(at)}/${mediaId}.${extension}`;
}

/** The same for every repeat of the same job: the month is the task's, and its id carries it. */
export function resultKey(
  { accountId, taskId, attemptId }: { accountId: string; taskId: string; attemptId: string },
  index: number,
  extension: string,
): string {
  const createdAt = new Date(Number(taskId.split('_')[1]));
  return `results/${accountId}/${monthOf(createdAt)}/${attemptId}-${index}.${extension}`;
}

/** Content-addressed: equal videos share one picture. */
export function thumbnailKey(sha256: string): string {
  return `thumbnails/${sha256.slice(0, 2)}/${sha256}.webp`;
}

export function stagingKey(attemptId: string, index: number): string {
  return `staging/${attemptId}-${index}`;
}

function monthOf(at: Date): string {
  return `${at.getUTCFullYear()}/${String(at.getUTCMonth() + 1).padStart(2, '0')}`;
}
