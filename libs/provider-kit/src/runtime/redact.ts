import { readings } from './unescape.js';

const redacted = '[redacted]';

/** Credentials by their shape: providers quote request headers and signed links in their messages. */
const shapes = new RegExp(
  [
    String.raw`(\b[Bb]earer\s+)[A-Za-z0-9._~+/=-]{8,}`,
    String.raw`(\bsk-)[A-Za-z0-9_-]{8,}`,
    // A JWT, whole or cut: the first part is JSON and begins with {".
    String.raw`(\beyJ)[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,2}`,
    String.raw`([?&][A-Za-z-]*(?:[Ss]ignature|[Cc]redential|[Tt]oken|api_?key|sig)=)[^&\s"'\\]+`,
    String.raw`(\b[Ss]ignature=)[A-Za-z0-9+/_-]{16,}`,
    String.raw`(/callbacks/[a-z0-9_-]+/)[A-Za-z0-9_-]{20,}`,
    String.raw`(-----BEGIN [A-Z ]*PRIVATE KEY-----)[^-]*`,
  ].join('|'),
  'g',
);
/** Shorter ones would blank out ordinary words. */
const shortestSecret = 6;
/** Lines and values of a file that are long enough to be a secret by themselves. */
const shortestPart = 16;
/** Nobody shows more of what somebody else wrote. */
const longestText = 10_000;
/** Secrets in one text that are escaped in different ways. */
const mostRounds = 8;

/** What must not be read in text that somebody else wrote. */
export class Redactor {
  /** Longest first: a secret may be part of another. */
  private readonly words: () => readonly string[];
  private readonly secrets: () => readonly string[];

  /** @param credentials by name; one that is called an id is taken out of text, but does no harm elsewhere */
  constructor(credentials: Readonly<Record<string, string>>, sent: Iterable<string> = []) {
    const named = Object.entries(credentials);
    this.words = once(() => wordsOf([...named.map(([, value]) => value), ...sent]));
    this.secrets = once(() =>
      wordsOf([...named.flatMap(([name, value]) => (/id$/i.test(name) ? [] : value)), ...sent]),
    );
  }

  /**
   * The text without these secrets, in whatever spelling, and without anything that looks like one. Where a secret shows
   * only when escapes are undone, they stay undone.
   */
  redact(text: string): string {
    let clean = this.hide(text.slice(0, longestText));
    for (let round = 0; round < mostRounds; round += 1) {
      const hidden = this.hiddenIn(readings(clean));
      if (hidden === undefined) return clean;
      clean = hidden;
    }
    return redacted;
  }

  /** The first of them that shows what must be hidden, without it. */
  private hiddenIn(texts: ReadonlySet<string>): string | undefined {
    for (const text of texts) {
      const clean = this.hide(text);
      if (clean !== text) return clean;
    }
    return undefined;
  }

  private hide(text: string): string {
    const words = this.words();
    let clean = text;
    for (const word of words) clean = clean.replaceAll(word, redacted);
    return withoutBeginning(clean, words).replace(shapes, (_match, ...groups: readonly (string | undefined)[]) => {
      const kept = groups.slice(0, -2).find((group) => group !== undefined);
      return `${kept ?? ''}${redacted}`;
    });
  }

  /** Is a long secret in what a machine will read, where nothing can be taken out? */
  isIn(value: unknown): boolean {
    const words = this.secrets().filter((word) => word.length >= shortestPart);
    return stringsIn(value).some((text) =>
      // Nothing longer is an id or an address that is escaped.
      [text, ...(text.length > longestText ? [] : readings(text))].some((reading) =>
        words.some((word) => reading.includes(word)),
      ),
    );
  }
}

function wordsOf(secrets: readonly string[]): string[] {
  const words = secrets.flatMap((secret) => [secret, ...partsOf(secret)]).flatMap(spellingsOf);
  return [...new Set(words.filter((word) => word.length >= shortestSecret))].toSorted(
    (one, other) => other.length - one.length,
  );
}

/** As it is, and as it looks inside JSON, a URL or a basic credential; the last of which no reading undoes. */
function spellingsOf(secret: string): string[] {
  const escaped = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
  const encoded = escaped.flatMap(base64Of);
  const padded = escaped.map((text) => Buffer.from(text).toString('base64'));
  return [...escaped, ...encoded, ...[...encoded, ...padded].flatMap(base64Of)];
}

/** Of a secret that is a file: its lines, and what it calls a key. */
function partsOf(secret: string): string[] {
  const lines = [secret, ...keysIn(secret)].flatMap((text) => text.split(/[\r\n]+/));
  return lines.map((line) => line.trim()).filter((line) => line.length >= shortestPart && line !== secret);
}

function keysIn(secret: string): string[] {
  if (!secret.startsWith('{')) return [];
  try {
    const file: unknown = JSON.parse(secret);
    if (typeof file !== 'object' || file === null) return [];
    return Object.entries(file).flatMap(([name, value]) =>
      /(key|secret|token|password)$/i.test(name) && typeof value === 'string' ? [value] : [],
    );
  } catch {
    return [];
  }
}

function base64Of(word: string): string[] {
  const bytes = Buffer.from(word);
  return [bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')];
}

/** Messages are cut to size, perhaps in the middle of a secret. */
function withoutBeginning(text: string, words: readonly string[]): string {
  const cut = Math.max(0, ...words.map((word) => beginningAtEnd(text, word)));
  return cut === 0 ? text : `${text.slice(0, -cut)}${redacted}`;
}

/** How many characters at the end of the text are the beginning of the word. */
function beginningAtEnd(text: string, word: string): number {
  const start = word.slice(0, shortestSecret);
  const tail = text.slice(1 - word.length);
  for (let at = tail.indexOf(start); at !== -1; at = tail.indexOf(start, at + 1)) {
    if (word.startsWith(tail.slice(at))) return tail.length - at;
  }
  return 0;
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.entries(value).flat().flatMap(stringsIn) : [];
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}
