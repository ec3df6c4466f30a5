/** What a model renders, and what xAI charges for a second of it. Dollars. */
export interface Model {
  readonly perSecond: Readonly<Record<string, number>>;
  /** Editing and extending are documented for the first model alone. */
  readonly derives: boolean;
  /** What moderation does to a finished render: a 400, or `done` without its video. Both have been seen. */
  readonly moderates: 'by an error' | 'by a flag';
}

const later = {
  perSecond: { '480p': 0.08, '720p': 0.14, '1080p': 0.25 },
  derives: false,
  moderates: 'by a flag',
} as const;

const models: Readonly<Record<string, Model>> = {
  'grok-imagine-video': { perSecond: { '480p': 0.05, '720p': 0.07 }, derives: true, moderates: 'by an error' },
  'grok-imagine-video-1.5': later,
  'grok-imagine-video-1.5-preview': later,
  'grok-imagine-video-1.5-lite': { ...later, perSecond: { '480p': 0.02, '720p': 0.035 } },
};

export function modelOf(name: string): Model | undefined {
  return Object.hasOwn(models, name) ? models[name] : undefined;
}

/** `1e10` to the dollar, as `usage.cost_in_usd_ticks` has it. */
export function ticksOf(model: string, resolution: string, seconds: number): number {
  return Math.round((modelOf(model)?.perSecond[resolution] ?? 0) * seconds * 1e10);
}
