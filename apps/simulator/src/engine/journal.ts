import { once } from 'node:events';
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { order, script, type Render } from './render.js';

const accepted = z.object({ kind: z.literal('accepted'), id: z.string(), at: z.number(), order, script });
const line = z.discriminatedUnion('kind', [
  accepted,
  z.object({ kind: z.literal('released'), id: z.string(), at: z.number() }),
  z.object({ kind: z.literal('cancelled'), id: z.string(), at: z.number() }),
  z.object({ kind: z.literal('removed'), id: z.string() }),
  z.object({ kind: z.literal('told'), id: z.string() }),
]);
type Line = z.output<typeof line>;

/** A load test leaves millions; what a restarted stack can still be asked about is among the last. */
const maxRemembered = 20_000;

/** A render as the journal remembers it. */
export interface Remembered extends z.output<typeof accepted> {
  readonly releasedAt?: number;
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
    const remembered = (await replay(path)).filter(({ at }) => at > now - keepMs);
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

  released(id: string, at: number): void {
    this.write({ kind: 'released', id, at });
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
    this.file.write(textOf(entry));
  }
}

async function replay(path: string): Promise<Remembered[]> {
  const known = new Map<string, Remembered>();
  // 'a+' makes the file where there is none.
  for await (const text of createInterface({ input: createReadStream(path, { flags: 'a+' }) })) {
    const entry = line.safeParse(json(text)).data;
    if (entry === undefined) continue;
    const before = known.get(entry.id);
    if (entry.kind === 'accepted') known.set(entry.id, entry);
    else if (before === undefined) continue;
    else if (entry.kind === 'released') known.set(entry.id, { ...before, releasedAt: entry.at });
    else if (entry.kind === 'cancelled') known.set(entry.id, { ...before, cancelledAt: entry.at });
    else known.set(entry.id, { ...before, [entry.kind]: true });
    const [oldest] = known.keys();
    if (known.size > maxRemembered && oldest !== undefined) known.delete(oldest);
  }
  return [...known.values()];
}

/** The last line of a killed process may be half a line. */
function json(one: string): unknown {
  try {
    return JSON.parse(one);
  } catch {
    return undefined;
  }
}

function linesOf({ releasedAt, cancelledAt, removed, told, ...entry }: Remembered): string[] {
  const lines: Line[] = [entry];
  if (releasedAt !== undefined) lines.push({ kind: 'released', id: entry.id, at: releasedAt });
  if (cancelledAt !== undefined) lines.push({ kind: 'cancelled', id: entry.id, at: cancelledAt });
  if (removed === true) lines.push({ kind: 'removed', id: entry.id });
  if (told === true) lines.push({ kind: 'told', id: entry.id });
  return lines.map(textOf);
}

function textOf(entry: Line): string {
  return `${JSON.stringify(entry)}\n`;
}
