import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { once } from 'node:events';
import { z } from 'zod';
import { order, script, type Render } from './render.js';

const accepted = z.object({ kind: z.literal('accepted'), id: z.string(), at: z.number(), order, script });
const line = z.discriminatedUnion('kind', [
  accepted,
  z.object({ kind: z.literal('cancelled'), id: z.string(), at: z.number() }),
  z.object({ kind: z.literal('removed'), id: z.string() }),
  z.object({ kind: z.literal('told'), id: z.string() }),
]);
type Line = z.output<typeof line>;

/** A render as the journal remembers it. */
export interface Remembered extends z.output<typeof accepted> {
  readonly cancelledAt?: number;
  readonly removed?: true;
  /** Its end was announced. */
  readonly told?: true;
}

/**
 * Accepted renders in an append-only JSONL file, so that a restarted development stack finds its running tasks again.
 * Not synced: this is a test double, and a line lost with the machine is a provider that forgot a task.
 */
export class Journal {
  private constructor(private readonly file: WriteStream) {}

  /** Reads what there is, rewrites it without what is older than `keepMs`, and goes on appending. */
  static async open(
    path: string,
    now: number,
    keepMs: number,
  ): Promise<{ journal: Journal; remembered: Remembered[] }> {
    await mkdir(dirname(path), { recursive: true });
    const remembered = replay(await readLines(path)).filter(({ at }) => at > now - keepMs);
    await writeFile(`${path}.new`, remembered.flatMap(linesOf).join(''), { mode: 0o600 });
    await rename(`${path}.new`, path);
    return { journal: new Journal(createWriteStream(path, { flags: 'a' })), remembered };
  }

  accepted(render: Render): void {
    this.write({
      kind: 'accepted',
      id: render.id,
      at: render.plan.createdAt,
      order: render.order,
      script: render.script,
    });
  }

  cancelled(id: string, at: number): void {
    this.write({ kind: 'cancelled', id, at });
  }

  removed(id: string): void {
    this.write({ kind: 'removed', id });
  }

  told(id: string): void {
    this.write({ kind: 'told', id });
  }

  async close(): Promise<void> {
    this.file.end();
    if (!this.file.closed) await once(this.file, 'close');
  }

  private write(entry: Line): void {
    this.file.write(text(entry));
  }
}

function replay(lines: readonly Line[]): Remembered[] {
  const known = new Map<string, Remembered>();
  for (const entry of lines) {
    const before = known.get(entry.id);
    if (entry.kind === 'accepted') known.set(entry.id, entry);
    else if (before === undefined) continue;
    else if (entry.kind === 'cancelled') known.set(entry.id, { ...before, cancelledAt: entry.at });
    else known.set(entry.id, { ...before, [entry.kind]: true });
  }
  return [...known.values()];
}

async function readLines(path: string): Promise<Line[]> {
  // 'a+' makes the file where there is none.
  const content = await readFile(path, { encoding: 'utf8', flag: 'a+' });
  return content.split('\n').flatMap((one) => {
    const parsed = line.safeParse(json(one));
    return parsed.success ? [parsed.data] : [];
  });
}

/** The last line of a killed process may be half a line. */
function json(one: string): unknown {
  try {
    return JSON.parse(one);
  } catch {
    return undefined;
  }
}

function linesOf({ cancelledAt, removed, told, ...entry }: Remembered): string[] {
  const lines: Line[] = [entry];
  if (cancelledAt !== undefined) lines.push({ kind: 'cancelled', id: entry.id, at: cancelledAt });
  if (removed === true) lines.push({ kind: 'removed', id: entry.id });
  if (told === true) lines.push({ kind: 'told', id: entry.id });
  return lines.map(text);
}

function text(entry: Line): string {
  return `${JSON.stringify(entry)}\n`;
}
