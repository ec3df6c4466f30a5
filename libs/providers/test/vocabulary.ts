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
 * others; where one has no such word, two that stand together in none of them. They count with the statuses that they came
 * with. An outcome that is told by none of them was made up.
 */
export class Vocabulary {
  /** Values, which say it with whatever status, and kinds of fields, which say it only with a status of theirs. */
  private readonly signs: ReadonlySet<string>;
  private readonly statuses: ReadonlySet<number>;

  constructor(telling: readonly Exchange[], others: readonly Exchange[]) {
    const spoken = others.map((exchange) => wordsIn(bodiesOf(exchange)));
    const words = new Set(spoken.flat());
    const pairs = new Set(spoken.flatMap(pairsOf));
    const signs = telling.flatMap((exchange) => {
      const said = wordsIn(bodiesOf(exchange));
      const own = said.filter((word) => !words.has(word));
      return own.length > 0 ? own : pairsOf(said).filter((pair) => !pairs.has(pair));
    });
    this.signs = new Set(signs);
    this.statuses = new Set(telling.flatMap((entry) => turnsOf(entry).map(({ reply }) => classOf(reply.status))));
  }

  /** Could these replies have told it? */
  mayTell(received: readonly Received[]): boolean {
    const words = wordsIn(received.map(({ body }) => body));
    const isStatus = received.some(({ status }) => this.statuses.has(classOf(status)));
    const isSign = (sign: string) => this.signs.has(sign) && (isStatus || !sign.startsWith('.'));
    return words.some(isSign) || pairsOf(words).some(isSign);
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
function wordsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [JSON.stringify(value) ?? 'nothing'];
  const fields = Array.isArray(value) ? [] : Object.entries(value).map(([name, entry]) => `.${name}: ${kindOf(entry)}`);
  return [...new Set([...fields, ...Object.values(value).flatMap(wordsIn)])];
}

function pairsOf(words: readonly string[]): string[] {
  const sorted = words.toSorted();
  return sorted.flatMap((one, index) => sorted.slice(index + 1).map((other) => `${one} & ${other}`));
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'empty list' : 'list';
  return value === null || value === '' ? 'nothing' : typeof value;
}
