import { type Exchange } from '@videoapi/provider-kit';

type Turns = Exclude<Exchange, { operation: 'callback' }>['turns'];

/** What a reply is made of: the names of its fields and the values in them. */
export function wordsIn(value: unknown): Set<string> {
  return new Set(gather(value));
}

/**
 * By what a provider is seen to say it: the words that stand in the replies of these conversations and in none of the
 * others, and the statuses that they came with. An outcome that is told by none of them was made up.
 */
export class Vocabulary {
  private readonly words: ReadonlySet<string>;
  private readonly statuses: ReadonlySet<number>;

  constructor(telling: readonly Exchange[], others: readonly Exchange[]) {
    const elsewhere = wordsIn(others.flatMap(bodiesOf));
    this.words = new Set([...wordsIn(telling.flatMap(bodiesOf))].filter((word) => !elsewhere.has(word)));
    this.statuses = new Set(telling.flatMap((entry) => turnsOf(entry).map(({ reply }) => classOf(reply.status))));
  }

  /** Could this have been said? `text` is everything that was received, `statuses` what it came with. */
  mayTell(text: string, statuses: readonly number[]): boolean {
    return (
      statuses.some((status) => this.statuses.has(classOf(status))) && [...this.words].some((w) => text.includes(w))
    );
  }
}

export function turnsOf(exchange: Exchange): Turns {
  return exchange.operation === 'callback' ? [] : exchange.turns;
}

function bodiesOf(exchange: Exchange): unknown[] {
  return turnsOf(exchange).map(({ reply }) => reply.body);
}

/** Success is one class; any other status is a word of its own. */
function classOf(status: number): number {
  return status >= 200 && status < 300 ? 200 : status;
}

function gather(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(gather);
  if (typeof value !== 'object' || value === null) return value === undefined ? [] : [String(value)];
  return Object.entries(value).flatMap(([name, entry]) => [`"${name}"`, ...gather(entry)]);
}
