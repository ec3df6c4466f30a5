import { readdirSync, readFileSync } from 'node:fs';
import { observation, resolvedRequest, upstreamId } from '@videoapi/contracts';
import { z } from 'zod';
import { type SubmitInput } from '../adapter.js';
import { parseJson } from '../call/json.js';

const turn = z.strictObject({
  /** What the call must contain; objects in part, all else exactly. */
  call: z.record(z.string(), z.unknown()),
  reply: z.strictObject({
    status: z.int(),
    headers: z.record(z.string(), z.string()).default({}),
    body: z.unknown().optional(),
  }),
});

const common = {
  name: z.string(),
  options: z.record(z.string(), z.unknown()).default({}),
  turns: z.array(turn).default([]),
};
/** Laid over `sampleRequest`. */
const request = resolvedRequest.partial().default({});
const submitInput = z.strictObject({
  reference: z.string().default('0198a1c2-6b7e-7c3d-9a10-4f5e6d7c8b9a'),
  upstreamModel: z.string(),
  request,
  callbackUrl: z.url().nullable().default(null),
});
const handle = z.record(z.string(), z.unknown());
const outcome = z.looseObject({ outcome: z.string() });
const state = z.looseObject({ state: z.enum(observation.options.map((option) => option.shape.state.value)) });

/** A recorded conversation with a provider, without secrets: what was asked, what came back, what it means. */
export const exchangeSchema = z.discriminatedUnion('operation', [
  z.strictObject({ ...common, operation: z.literal('submit'), input: submitInput, result: outcome }),
  z.strictObject({
    ...common,
    operation: z.literal('lookup'),
    input: submitInput.extend({ callAgeMs: z.int().default(60_000) }),
    result: outcome,
  }),
  z.strictObject({ ...common, operation: z.literal('poll'), input: handle, result: state }),
  z.strictObject({
    ...common,
    operation: z.literal('pollMany'),
    input: z.array(handle).min(2),
    result: z.array(state.nullable()),
  }),
  z.strictObject({
    ...common,
    operation: z.literal('adopt'),
    input: z.strictObject({ upstreamId, upstreamModel: z.string() }),
    result: handle,
  }),
  z.strictObject({ ...common, operation: z.literal('cancel'), input: handle, result: z.string() }),
  z.strictObject({
    ...common,
    operation: z.literal('callback'),
    /** A provider that signs must have the first three; one that asks whether the address is ours, the last. */
    shows: z.enum(['valid', 'forged', 'replayed', 'challenge']),
    input: z.strictObject({
      method: z.string().default('POST'),
      path: z.string().default('/callbacks/test/AAAAAAAAAAAAAAAAAAAAAAAA'),
      query: z.string().default(''),
      headers: z.record(z.string(), z.string()).default({}),
      body: z.string(),
      secrets: z.array(z.string()).default([]),
      now: z.int().default(1_790_000_000_000),
    }),
    result: z.strictObject({
      trust: z.string(),
      hint: z.record(z.string(), z.string()).optional(),
      challenge: z.record(z.string(), z.unknown()).optional(),
    }),
  }),
]);
export type Exchange = z.output<typeof exchangeSchema>;

/** Every `*.json` of a folder: a list of exchanges each. @throws ZodError */
export function readExchanges(folder: URL): Exchange[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .flatMap((name) =>
      z.array(exchangeSchema).parse(parseJson(readFileSync(new URL(name, `${folder.href}/`), 'utf8'))),
    );
}

/** A whole input from the part that an exchange names. */
export function inputOf(given: z.output<typeof submitInput>): SubmitInput {
  return { ...given, request: resolvedRequest.parse({ ...sampleRequest, ...given.request }) };
}

const sampleRequest = {
  prompt: 'a calico cat plays the piano',
  type: 'text-to-video',
  images: [],
  videos: [],
  audios: [],
  resolution: '720p',
  duration: 5,
  maxDurationMs: 5_000,
  aspectRatio: '16:9',
  generateAudio: false,
  providerOptions: {},
};
