/**
 * What a script says once its markup is taken away: the document allows `<p>` and `<span>`, and its editor escapes.
 * The end of a paragraph ends a line.
 */
export function plainText(script: string): string {
  return script
    .replaceAll(/<br\b[^<>]*>|<\/p\s*>/gi, '\n')
    .replaceAll(/<\/?[a-z][^<>]*>/gi, '')
    .replaceAll(/&(amp|lt|gt|quot|apos|nbsp|#39);/g, (entity, name: string) => characters[name] ?? entity)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
}

const characters: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  '#39': "'",
  nbsp: ' ',
};
