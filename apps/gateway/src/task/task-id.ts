import { randomUUID } from 'node:crypto';
import { AppError, taskId } from '@videoapi/contracts';

/** `vidgen_<unix ms>_<8 hex>`. Made here, before anything else happens, so that every repeat can carry the same one. */
export function newTaskId(now = Date.now(), hex = randomUUID().slice(0, 8)): string {
  return `vidgen_${now}_${hex}`;
}

/** What is not shaped like an id of ours is unknown without a question to anybody. */
export function readTaskId(text: string): string {
  if (!taskId.safeParse(text).success) throw taskNotFound();
  return text;
}

/** The same for an unknown task and for another account's: an id is not a secret, so its existence must not show. */
export function taskNotFound(): AppError {
  return new AppError('task_not_found', 'There is no such task.');
}
