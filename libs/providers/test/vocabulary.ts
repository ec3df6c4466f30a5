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
  /** Values, which say it with whatever status, and kinds of fields, which say it only with a status of theirs. */
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
    const isStatus = received.some(({ status }) => this.statuses.has(classOf(status)));
    return [...this.words].some((word) => words.has(word) && (isStatus || !word.startsWith('.')));
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

/** The names of its fields with the kinds of what is in them, and the values: an empty list or a text can be the word. */
function wordsIn(value: unknown): Set<string> {
  const words = new Set<string>();
  const walk = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return void words.add(JSON.stringify(part) ?? 'nothing');
    if (!Array.isArray(part)) for (const [name, entry] of Object.entries(part)) words.add(`.${name}: ${kindOf(entry)}`);
    for (const entry of Object.values(part)) walk(entry);
  };
  walk(value);
  return words;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'empty list' : 'list';
  return value === null || value === '' ? 'nothing' : typeof value;
}
