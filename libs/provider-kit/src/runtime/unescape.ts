/** More than one wraps another in practice; each way multiplies the work. */
const deepest = 3;
const longestRest = 16;

/**
 * The other ways in which a text can be read: what quotes a quotation escapes it once more, in JSON, in an address, in
 * XML, in base64, or in one inside the other. The text itself is not among them. What a cut has left of an escape is dropped.
 */
export function readings(text: string): ReadonlySet<string> {
  const whole = new Set([text]);
  let latest = [text];
  for (let depth = 0; depth < deepest && latest.length > 0; depth += 1) {
    const next = latest.flatMap((known) => decoders.map((decode) => decode(known)));
    latest = [...new Set(next)].filter((reading) => !whole.has(reading));
    for (const reading of latest) whole.add(reading);
  }
  const all = new Set([...whole].flatMap((reading) => [reading, withoutRest(reading)]));
  all.delete(text);
  return all;
}

const decoders = [fromJson, fromPercent, fromEntities, fromBase64];

const short: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

function fromJson(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(?:u([0-9A-Fa-f]{4})|(["\\/bfnrt]))/g, (_, code?: string, letter = '') =>
    code === undefined ? (short[letter] ?? letter) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

function fromPercent(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (escaped) => {
    try {
      return decodeURIComponent(escaped);
    } catch {
      return escaped;
    }
  });
}

const entities: Readonly<Record<string, string>> = { quot: '"', apos: "'", amp: '&', lt: '<', gt: '>' };

function fromEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7})|#[xX]([0-9A-Fa-f]{1,6})|(quot|apos|amp|lt|gt));/g, (all, ...groups: string[]) => {
    const [decimal, hex, name] = groups;
    if (name !== undefined) return entities[name] ?? all;
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}

/** Where it is text again: ids and hashes look alike, and are left alone. What stands before it may be of the same letters. */
function fromBase64(text: string): string {
  return text.replace(/[A-Za-z0-9+/_-]{20,}={0,2}/g, (run) => {
    for (let start = 0; start < 4; start += 1) {
      const decoded = Buffer.from(run.slice(start), 'base64').toString('latin1');
      if (/^[\t\r\n\x20-\x7e]+$/.test(decoded)) return run.slice(0, start) + decoded;
    }
    return run;
  });
}

/** Looks at no more than the end: a run of backslashes in the middle would else be measured from each of them. */
function withoutRest(text: string): string {
  const end = text.slice(-longestRest);
  return (
    text.slice(0, -longestRest) + end.replace(/(?:\\(?:u[0-9A-Fa-f]{0,3})?|%[0-9A-Fa-f]?|&#?[A-Za-z0-9]{0,6})+$/, '')
  );
}
