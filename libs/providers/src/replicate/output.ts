import { urlOf } from '@videoapi/provider-kit';

/** The film among what a model has put out: a link, a list of them, or files by name. */
export function filmIn(output: unknown): string | undefined {
  const links = linksIn(output, 3);
  return links.find(isFilm) ?? links[0];
}

/** What is called `video` comes first. No model nests deeper than `depth`. */
function linksIn(output: unknown, depth: number): string[] {
  if (typeof output === 'object' && output !== null) {
    if (depth === 0) return [];
    const { video, ...others } = Object.assign({ video: undefined }, output);
    return [video, ...Object.values(others)].flatMap((entry) => linksIn(entry, depth - 1));
  }
  const url = urlOf(output);
  return url === undefined ? [] : [url];
}

function isFilm(url: string): boolean {
  return /\.(mp4|webm|mov|mkv)$/i.test(URL.parse(url)?.pathname ?? '');
}
