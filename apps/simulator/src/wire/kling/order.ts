import { type Order } from '../../engine/render.js';
import { frameSize } from '../../render/frame-size.js';
import { Refusal } from '../../http/refusal.js';
import { type Family } from './models.js';

/** Who calls, and how they reached us. */
export interface Caller {
  readonly account: string;
  readonly origin: string;
}

/** What both generations say of a render, in one form. */
export interface Wanted {
  readonly model: string;
  readonly family: Family;
  /** The legacy path that it came by. */
  readonly kind?: string;
  readonly prompt: string;
  readonly resolution: string;
  readonly ratio: string | undefined;
  readonly seconds: number;
  readonly audio: boolean;
  readonly inputs: readonly string[];
  readonly callbackUrl: string | undefined;
  readonly externalId: string | undefined;
  readonly watermark: boolean;
}

export function orderOf(wanted: Wanted, { account, origin }: Caller): Order {
  const { family, resolution, seconds, audio, callbackUrl, externalId } = wanted;
  const rate = (audio ? family.sounding : family.silent)[resolution] ?? 0;
  return {
    provider: 'kling',
    account,
    clientReference: externalId ?? lastSegment(callbackUrl),
    model: wanted.model,
    prompt: wanted.prompt,
    size: frameSize(resolution, wanted.ratio ?? '16:9') ?? { width: 1280, height: 720 },
    durationMs: seconds * 1000,
    audio,
    inputs: wanted.inputs.map((input) => input.slice(0, 500)),
    ...(callbackUrl !== undefined && { callbackUrl }),
    origin,
    echo: {
      ...(wanted.kind !== undefined && { kind: wanted.kind }),
      ...(externalId !== undefined && { externalId }),
      watermark: wanted.watermark,
      units: String(Number((rate * seconds).toFixed(2))),
    },
  };
}

export function invalid(param: string, message: string): Refusal {
  return new Refusal('invalid', message, { param });
}

export function unknownModel(model: string): Refusal {
  return new Refusal('model_not_found', `model ${model} not found`);
}

/** A resolution, a length and a sound that this model has at once. */
export function checkSettings(
  model: string,
  { resolutions, seconds, sounding }: Family,
  wanted: { readonly resolution: string; readonly seconds: number; readonly isNative: boolean },
): void {
  if (!resolutions.includes(wanted.resolution))
    throw invalid('resolution', `${wanted.resolution} is not supported by ${model}`);
  if (!seconds.includes(wanted.seconds)) throw invalid('duration', `${wanted.seconds} is not supported by ${model}`);
  if (wanted.isNative && sounding[wanted.resolution] === undefined) {
    throw invalid('audio', `native audio is not supported by ${model} at ${wanted.resolution}`);
  }
}

function lastSegment(callbackUrl: string | undefined): string | undefined {
  if (callbackUrl === undefined) return undefined;
  return new URL(callbackUrl).pathname.split('/').at(-1) || undefined;
}
