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
 * others; where one has no such word, two that stand together nowhere else. An outcome that is told by none of them was
 * made up.
 */
export class Vocabulary {
  private readonly signs: ReadonlySet<string>;
  /** A provider that tells endings beside errors may choose any status for them. */
  private readonly isByWordsAlone: boolean;

  constructor(telling: readonly Exchange[], others: readonly Exchange[]) {
    const words = new Set(others.flatMap((exchange) => wordsIn(bodiesOf(exchange))));
    const pairs = new Set(others.flatMap((exchange) => pairsOf(wordsIn(bodiesOf(exchange)))));
    this.signs = new Set(
      telling.flatMap((exchange) => {
        const own = wordsIn(bodiesOf(exchange));
        const unique = own.filter((word) => !words.has(word));
        return unique.length > 0 ? unique : pairsOf(own).filter((pair) => !pairs.has(pair));
      }),
    );
    this.isByWordsAlone = telling.some((entry) => turnsOf(entry).some(({ reply }) => !isSuccess(reply)));
  }

  /** Could these replies have told it? */
  mayTell(received: readonly Received[]): boolean {
    const words = wordsIn(received.map(({ body }) => body));
    const isSaid = words.some((word) => this.signs.has(word)) || pairsOf(words).some((pair) => this.signs.has(pair));
    return isSaid && (this.isByWordsAlone || received.some(isSuccess));
  }
}

export function isSuccess({ status }: Pick<Received, 'status'>): boolean {
  return status >= 200 && status < 300;
}

export function turnsOf(exchange: Exchange): Turns {
  return exchange.operation === 'callback' ? [] : exchange.turns;
}

function bodiesOf(exchange: Exchange): unknown[] {
  return turnsOf(exchange).map(({ reply }) => reply.body);
}

/** The names of fields, the values in them, and what is empty. */
function wordsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [JSON.stringify(value) ?? 'nothing'];
  if (Object.keys(value).length === 0) return [JSON.stringify(value)];
  const names = Array.isArray(value) ? [] : Object.keys(value).map((name) => `.${name}`);
  return [...new Set([...names, ...Object.values(value).flatMap(wordsIn)])];
}

function pairsOf(words: readonly string[]): string[] {
  const sorted = words.toSorted();
  return sorted.flatMap((one, index) => sorted.slice(index + 1).map((other) => `${one} & ${other}`));
}
