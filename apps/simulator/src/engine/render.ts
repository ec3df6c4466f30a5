import { z } from 'zod';
import { directives, type Directive, type Script } from '../script/directives.js';
import { type Turns } from '../script/turns.js';
import { type FilmFile } from '../render/films.js';
import { type Facts, type Phase, type Plan } from './timeline.js';

/** What a wire format understood of a submit. Plain JSON, so that it can be journalled. */
export const order = z.object({
  provider: z.string(),
  /** Whose API key it was: a digest, never the key. */
  account: z.string(),
  clientReference: z.string().optional(),
  model: z.string(),
  prompt: z.string(),
  /** The picture to make; the text in it is the prompt without directives, filled in on acceptance. */
  size: z.object({ width: z.int(), height: z.int() }),
  durationMs: z.number(),
  audio: z.boolean(),
  /** As the caller gave it. */
  seed: z.int().optional(),
  /** URLs of the images, videos and sounds it came with; never fetched, kept for the checkers. */
  inputs: z.array(z.string()),
  callbackUrl: z.string().optional(),
  expiresAfterMs: z.number().optional(),
  /** `http://host:port` under which the caller reached us: links to results start with it. */
  origin: z.string(),
  /** Fields that this provider repeats in its answers, in its own words. */
  echo: z.record(z.string(), z.unknown()),
});
export type Order = z.output<typeof order>;

const directiveNames = Object.keys(directives).filter((name): name is Directive => Object.hasOwn(directives, name));
export const script: z.ZodType<Script> = z.partialRecord(z.enum(directiveNames), z.number());

/** An accepted submit, and all that became of it. */
export interface Render extends Facts {
  readonly id: string;
  readonly order: Order;
  readonly script: Script;
  plan: Plan;
  cancelledAt?: number;
  filmedAt?: number;
  brokenAt?: number;
  /** The caller deleted it: its provider does not know it any more, the checkers still do. */
  removed?: true;
  /** Set once rendered. */
  file?: FilmFile;
  /** The last phase that was announced to the caller. */
  announced: Phase;
  /** Call off what is still to be announced. */
  readonly timers: (() => void)[];
  /** How often each scripted fault of a poll or a download has fired. */
  readonly turns: Turns;
  readonly counts: { polls: number; downloads: number; callbacksSent: number; callbacksAcknowledged: number };
}
