const entities: Record<string, string> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', "'": '&apos;', '"': '&quot;' };
const characters: Record<string, string> = { lt: '<', gt: '>', amp: '&', apos: "'", quot: '"' };

type Content = string | number | boolean | readonly string[];

/** `<name>…</name>`: text is escaped, a list holds elements that already are XML. */
export function element(name: string, content: Content): string {
  return `<${name}>${typeof content === 'object' ? content.join('') : escape(String(content))}</${name}>`;
}

export function document(root: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>${root}`;
}

/** The inside of every `<name>` in a request body. Enough for the two flat documents that S3 clients send. */
export function elements(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}(?: [^>]*)?>([\\s\\S]*?)</${name}>`, 'g'))].map(
    ([, inner = '']) => inner,
  );
}

/** The text of the first `<name>`. */
export function text(xml: string, name: string): string | undefined {
  const [first] = elements(xml, name);
  return first?.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, decimal?: string, named = '') =>
    hex === undefined && decimal === undefined
      ? (characters[named] ?? whole)
      : String.fromCodePoint(hex === undefined ? Number(decimal) : parseInt(hex, 16)),
  );
}

function escape(value: string): string {
  return value.replace(/[<>&'"]/g, (character) => entities[character] ?? character);
}
