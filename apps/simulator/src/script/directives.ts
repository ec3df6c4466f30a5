/**
 * Everything that a test can ask of the simulator, as data. A directive is written `name` or `name=number`:
 * in a prompt (`[[sim:429=2]]`), in a rule of the control API, or in SIMULATOR_SCRIPT.
 *
 * - `flag`: no number.
 * - `count`: how many times in a row; without a number every time.
 * - `milliseconds`, `delay` (of an answer; milliseconds too), `percent`, `copies`: the number is required.
 */
export const directives = {
  slow: { takes: 'milliseconds', about: 'how long the render runs' },
  queue: { takes: 'milliseconds', about: 'how long the render waits before it runs' },

  fail: { takes: 'flag', about: 'the render ends failed' },
  moderate: { takes: 'flag', about: 'the render ends failed because of its content' },
  expire: { takes: 'flag', about: 'the render ends expired; failed where the provider has no such word' },
  hang: { takes: 'flag', about: 'the render starts and never ends; no progress' },
  'until-released': { takes: 'flag', about: 'the render runs until the control API releases it' },
  stall: { takes: 'percent', about: 'the render reaches this progress and never ends' },

  '429': { takes: 'count', about: 'submit refused: rate limited' },
  '5xx': { takes: 'count', about: 'submit refused: server error, nothing accepted' },
  timeout: { takes: 'count', about: 'submit never answered, nothing accepted' },
  reset: { takes: 'count', about: 'submit: connection cut, nothing accepted' },
  'no-balance': { takes: 'count', about: 'submit refused: the account with the provider is empty' },
  'bad-credentials': { takes: 'count', about: 'submit refused: key not valid' },
  'moderate-prompt': { takes: 'count', about: 'submit refused because of the prompt' },
  invalid: { takes: 'count', about: 'submit refused: invalid parameter' },
  'submit-delay': { takes: 'delay', about: 'submit answers this late' },

  'answer-delay': { takes: 'delay', about: 'accepted at once, and the submit answers this late' },
  'accept-then-timeout': { takes: 'count', about: 'accepted, but the submit is never answered' },
  'accept-then-reset': { takes: 'count', about: 'accepted, but the connection is cut' },
  'accept-then-5xx': { takes: 'count', about: 'accepted, but answered with a server error' },
  'accept-then-malformed': { takes: 'count', about: 'accepted, but answered with garbage' },

  malformed: { takes: 'count', about: 'polls answer garbage' },
  'poll-429': { takes: 'count', about: 'polls are rate limited' },
  'poll-5xx': { takes: 'count', about: 'polls answer a server error' },
  'poll-timeout': { takes: 'count', about: 'polls are never answered' },
  'poll-delay': { takes: 'delay', about: 'polls answer this late' },
  'unknown-status': { takes: 'count', about: 'polls show a status that no document names' },
  gone: { takes: 'count', about: 'polls answer 404' },

  'lost-callback': { takes: 'flag', about: 'no callback is sent' },
  'duplicate-callback': { takes: 'copies', about: 'every callback is sent so many times' },
  'early-callback': { takes: 'flag', about: 'the submit is answered only after the last callback was sent' },
  'late-callback': { takes: 'milliseconds', about: 'every callback is sent this late' },
  'reordered-callback': { takes: 'flag', about: 'after the last callback, one that says the render still runs' },
  'forged-callback': { takes: 'flag', about: 'before all others, a callback of somebody else that claims success' },

  'bad-video': { takes: 'flag', about: 'the result is not a video' },
  'result-404': { takes: 'count', about: 'downloads answer 404' },
  'result-5xx': { takes: 'count', about: 'downloads answer a server error' },
  'result-truncated': { takes: 'count', about: 'downloads break off half way, against their content-length' },
  'result-short': { takes: 'count', about: 'downloads deliver half the file with a content-length that agrees' },
  'result-delay': { takes: 'delay', about: 'downloads start this late' },
} as const satisfies Record<string, { takes: Takes; about: string }>;

export type Takes = 'flag' | 'count' | 'milliseconds' | 'delay' | 'percent' | 'copies';
export type Directive = keyof typeof directives;

/** The number of a flag, and of a count without one. Not Infinity, which JSON cannot say. */
export const everyTime = Number.MAX_SAFE_INTEGER;

/** What one submit is scripted to meet: directives by name. */
export type Script = Readonly<Partial<Record<Directive, number>>>;

/** Bounds of the number, per kind: a prompt is a stranger's text and must not cost more than a test needs. */
export const bounds = {
  count: { min: 1, max: 1_000 },
  milliseconds: { min: 0, max: 24 * 60 * 60 * 1000 },
  delay: { min: 0, max: 120_000 },
  percent: { min: 0, max: 99 },
  copies: { min: 1, max: 20 },
} as const satisfies Record<Exclude<Takes, 'flag'>, { min: number; max: number }>;

export function isDirective(name: string): name is Directive {
  return Object.hasOwn(directives, name);
}
