import { createHash } from 'node:crypto';
import { type TaskMode } from '@videoapi/contracts';
import { type Submission } from '@videoapi/dialects';

/**
 * What "the same request" means: the parsed fields, whatever their order, spacing or multipart boundary was on the wire;
 * and the dialect and mode, since the stored answer is written in that dialect about a task of that mode. Files are
 * compared by their bytes: `digests` says what stands for an asset whose key is another one each time it is sent.
 */
export function requestHash(
  dialect: string,
  mode: TaskMode,
  submission: Submission,
  digests: ReadonlyMap<string, string> = new Map(),
): Buffer {
  return createHash('sha256')
    .update(canonical([dialect, mode, submission], digests))
    .digest();
}

/** JSON with sorted keys; absent and undefined are one. */
function canonical(value: unknown, digests: ReadonlyMap<string, string>): string {
  if (typeof value === 'string') return JSON.stringify(digests.get(value) ?? value);
  if (Array.isArray(value)) return `[${value.map((entry) => canonical(entry, digests)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  entries.sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${entries.map(([name, entry]) => `${JSON.stringify(name)}:${canonical(entry, digests)}`).join(',')}}`;
}
