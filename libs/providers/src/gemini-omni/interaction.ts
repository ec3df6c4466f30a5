import { type AdapterObservation, type Call, failed, type Reply, unreadable } from '@videoapi/provider-kit';
import { z } from 'zod';
import { codeOfError, errorSchema, type GoogleError } from './errors.js';

export const auth = { put: 'header', name: 'x-goog-api-key', credential: 'apiKey' } as const satisfies Call['auth'];

const text = z.string().catch('');
const contentSchema = z.object({ type: text, uri: text, text });
const usageSchema = z.object({
  output_tokens_by_modality: z.array(z.object({ modality: text, tokens: z.int().nonnegative() })).catch([]),
});
export const interactionSchema = z.object({
  status: z.string(),
  steps: z.array(z.object({ type: text, content: z.array(contentSchema).catch([]) })).catch([]),
  output_video: z.object({ uri: text }).nullish().catch(undefined),
  error: errorSchema.nullish().catch(undefined),
  errors: z.array(errorSchema).catch([]),
  finish_reason: text,
  usage: usageSchema.nullish().catch(undefined),
});
export type Interaction = z.output<typeof interactionSchema>;

/** There is no percentage. */
export function observed(reply: Reply, interaction: Interaction | undefined): AdapterObservation {
  if (interaction === undefined) return unreadable(reply);
  const { status } = interaction;
  switch (status) {
    case 'queued':
      return { state: 'queued' };
    case 'in_progress':
      return { state: 'running' };
    case 'completed':
      return completed(reply, interaction);
    case 'failed':
      return ended(interaction);
    case 'cancelled':
      return failed('cancelled', 'The render was cancelled.');
    case 'incomplete':
    case 'budget_exceeded':
    case 'requires_action':
      return failed('provider_error', `The provider ended it as ${status}.`);
    default:
      // Not every word is documented; one that speaks of an end is not waited for.
      return /fail|error|cancel|expire|reject/i.test(status)
        ? ended(interaction)
        : { state: 'running', unknownStatus: status.slice(0, 100) };
  }
}

function completed(reply: Reply, interaction: Interaction): AdapterObservation {
  const blocks = interaction.steps.filter(({ type }) => type === 'model_output').flatMap(({ content }) => content);
  const video = blocks.find(({ type, uri }) => type === 'video' && uri !== '') ?? interaction.output_video;
  const tokens = videoTokensOf(interaction);
  if (video !== undefined && video !== null) {
    const file = fileIn(video.uri);
    if (file === undefined) return unreadable(reply, 'completed, but its result is not where results are');
    const call: Call = { method: 'GET', path: `/files/${file}:download`, query: { alt: 'media' }, auth };
    return { state: 'succeeded', outputs: [{ kind: 'download', call }], usage: { ...(tokens > 0 && { tokens }) } };
  }
  const words = blocks.flatMap((block) => (block.type === 'text' ? [block.text] : []));
  // Rendered and billed, but not where it is looked for: a change of shape must not become a refund.
  if (tokens > 0 || words.length === 0) return unreadable(reply, 'completed without a video that can be read');
  return failed('content_rejected', words.join(' '));
}

/** Only the id is taken: the call goes to the channel's own address, with its key, and nowhere else. */
function fileIn(uri: string): string | undefined {
  return /\/files\/([\w-]{1,200})(?::download)?$/.exec(URL.parse(uri)?.pathname ?? '')?.[1];
}

function videoTokensOf({ usage }: Interaction): number {
  const entries = usage?.output_tokens_by_modality ?? [];
  return entries.find(({ modality }) => modality.toLowerCase() === 'video')?.tokens ?? 0;
}

/** After acceptance our accounts are the provider's own affair; a rate cap is not, for it shows only here. */
function ended({ error, errors, finish_reason: reason, status }: Interaction): AdapterObservation {
  const told: GoogleError | undefined = error ?? errors[0];
  const named = { message: '', details: [], code: undefined, ...told, status: `${told?.status ?? ''} ${reason}` };
  const code = codeOfError(named, 500);
  const isTheirs = code === 'content_rejected' || code === 'invalid_request' || code === 'rate_limited';
  return failed(
    isTheirs ? code : 'provider_error',
    named.message || `The provider ended it as ${status.slice(0, 100)}.`,
  );
}
