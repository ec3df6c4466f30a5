import { readFile } from 'node:fs/promises';
import { type ChannelTarget } from '@videoapi/contracts';

const keptMs = 5 * 60_000;

export interface SecretsOptions {
  /** What `env:NAME` reads. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Opens what was sealed for this channel and name; undefined for anything else. Without it nothing is opened. */
  readonly open?: (channelId: string, name: string, sealed: string) => string | undefined;
  /** Milliseconds. Default: the process's own clock. */
  readonly now?: () => number;
}

/**
 * Credentials by reference, `env:NAME` or `file:/path`, or sealed. References are read when a call needs them and kept for
 * five minutes, so that a rotated file is picked up without a restart. What was sealed is opened each time: it is good for
 * one channel only, and the next job may bring another.
 */
export class Secrets {
  private readonly kept = new Map<string, { readonly value: string; readonly until: number }>();
  private readonly now: () => number;

  constructor(private readonly options: SecretsOptions) {
    this.now = options.now ?? (() => performance.now());
  }

  /** The secret, or undefined when there is nothing under the reference. Neither is ever logged. */
  async read(reference: string): Promise<string | undefined> {
    const kept = this.kept.get(reference);
    if (kept !== undefined && kept.until > this.now()) return kept.value;
    const value = await this.load(reference);
    if (value === undefined) this.kept.delete(reference);
    else this.kept.set(reference, { value, until: this.now() + keptMs });
    return value;
  }

  /** A channel's secrets of these names, by name; what is not there is left out. */
  async readAll(
    { id, credentials }: Pick<ChannelTarget, 'id' | 'credentials'>,
    names: readonly string[] = Object.keys(credentials),
  ): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    for (const name of names) {
      const reference = Object.hasOwn(credentials, name) ? credentials[name] : undefined;
      if (reference === undefined) continue;
      const isSealed = reference.startsWith('sealed:');
      const value = isSealed ? this.options.open?.(id, name, reference) : await this.read(reference);
      if (value !== undefined) found[name] = value;
    }
    return found;
  }

  private async load(reference: string): Promise<string | undefined> {
    if (reference.startsWith('env:')) return this.options.env[reference.slice('env:'.length)] || undefined;
    if (!reference.startsWith('file:/')) return undefined;
    try {
      return (await readFile(reference.slice('file:'.length), 'utf8')).trim() || undefined;
    } catch {
      return undefined;
    }
  }
}
