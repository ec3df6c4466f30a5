import { type Exchange } from '@videoapi/provider-kit';

type Turns = Exclude<Exchange, { operation: 'callback' }>['turns'];

/** What has come back in one turn. */
export interface Received {
  readonly status: number;
  /** As an adapter sees it; undefined when it could not be read. */
  readonly body: unknown;
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

  /** Could these replies have told it? */
  mayTell(received: readonly Received[]): boolean {
    const words = wordsIn(received.map(({ body }) => body));
    return (
      received.some(({ status }) => this.statuses.has(classOf(status))) &&
      [...this.words].some((word) => words.has(word))
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

/** The names of its fields, and the values in them. */
function wordsIn(value: unknown): Set<string> {
  const words = new Set<string>();
  const walk = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return void words.add(JSON.stringify(part) ?? 'nothing');
    if (!Array.isArray(part)) for (const name of Object.keys(part)) words.add(`.${name}`);
    for (const entry of Object.values(part)) walk(entry);
  };
  walk(value);
  return words;
}
