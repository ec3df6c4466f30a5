import { bounds, directives, everyTime, isDirective, type Script } from './directives.js';

export interface ParsedPrompt {
  readonly script: Script;
  /** The prompt without its directives: what is shown in the frames. */
  readonly text: string;
  /** What is wrong with the directives. A typo must be heard: a test that scripts nothing proves nothing. */
  readonly problem?: string;
}

/** `[[sim:fail]]`, `[[sim:429=2, slow=500]]`; `[[sim@ark:fail]]` counts for that provider only. */
const block = /\[\[sim(?:@([a-z0-9_-]{1,40}))?:([^\]]{0,300})\]\]/g;

export function parsePrompt(prompt: string, provider: string): ParsedPrompt {
  if (!prompt.includes('[[sim')) return { script: {}, text: prompt };
  let script: Script = {};
  let problem: string | undefined;
  const text = prompt.replace(block, (_, only: string | undefined, list: string) => {
    const parsed = parseDirectives(list);
    problem ??= parsed.problem;
    if (only === undefined || only === provider) script = { ...script, ...parsed.script };
    return '';
  });
  if (text.includes('[[sim')) problem ??= 'a [[sim:…]] block is not closed or not readable';
  return { script, text: text.replaceAll(/ {2,}/g, ' ').trim(), ...(problem !== undefined && { problem }) };
}

/** A list such as `429=2, slow=500`; separated by commas or blanks. Of two equal names the later one wins. */
export function parseDirectives(list: string): { script: Script; problem?: string } {
  const script: Partial<Record<string, number>> = {};
  for (const item of list.split(/[\s,]+/).filter((part) => part !== '')) {
    const [name = '', number, ...rest] = item.split('=');
    if (!isDirective(name) || rest.length > 0)
      return { script: {}, problem: `unknown directive ${JSON.stringify(item)}` };
    const value = valueOf(directives[name].takes, number);
    if (value === undefined) return { script: {}, problem: `${name} takes ${expected(directives[name].takes)}` };
    script[name] = value;
  }
  return { script };
}

function valueOf(takes: (typeof directives)[keyof typeof directives]['takes'], text: string | undefined) {
  if (takes === 'flag') return text === undefined ? everyTime : undefined;
  if (text === undefined) return takes === 'count' ? everyTime : undefined;
  if (!/^\d{1,9}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= bounds[takes].min && value <= bounds[takes].max ? value : undefined;
}

function expected(takes: (typeof directives)[keyof typeof directives]['takes']): string {
  if (takes === 'flag') return 'no number';
  return `${takes} from ${bounds[takes].min} to ${bounds[takes].max}`;
}
