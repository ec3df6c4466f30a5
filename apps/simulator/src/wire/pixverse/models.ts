/** What a model takes; anything else is `invalid param`. */
export interface Model {
  readonly seconds: readonly number[];
  /** The longest that it renders at 1080p. Seconds. */
  readonly longestAt1080p: number;
  readonly ratios: readonly string[];
  /** Sound and several clips, by a switch each. Elsewhere there are no such fields. */
  readonly hasSwitches: boolean;
  readonly references: number;
}

const ratios = ['16:9', '4:3', '1:1', '3:4', '9:16'];
const old = { seconds: [5, 8], longestAt1080p: 5, ratios, hasSwitches: false, references: 0 };
const middle = { seconds: [5, 8, 10], longestAt1080p: 8, ratios, hasSwitches: true, references: 7 };
const current = {
  seconds: Array.from({ length: 15 }, (_, index) => index + 1),
  longestAt1080p: 15,
  ratios: [...ratios, '2:3', '3:2', '21:9'],
  hasSwitches: true,
  references: 7,
};

const models: Readonly<Record<string, Model>> = {
  'v3.5': old,
  v4: old,
  'v4.5': { ...old, references: 3 },
  v5: { ...old, references: 3 },
  'v5.5': middle,
  'v5.6': middle,
  v6: current,
  c1: current,
};

export function modelOf(name: string): Model | undefined {
  return Object.hasOwn(models, name) ? models[name] : undefined;
}

/** Credits for a second, by quality. */
export const rates: Readonly<Record<string, number>> = { '360p': 5, '540p': 7, '720p': 9, '1080p': 18 };
