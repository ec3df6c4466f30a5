import { type Adapter, isSuccess, refused, unreadable, unreadableSubmit } from '@videoapi/provider-kit';
import { z } from 'zod';
import { geminiOmniCapabilities } from './capabilities.js';
import { errorIn, refusalOf, wordsOf } from './errors.js';
import { auth, interactionSchema, observed } from './interaction.js';
import { bodyOf } from './request.js';

/** Gemini Omni through Google's Interactions API. */
export const geminiOmni: Adapter = {
  capabilities: geminiOmniCapabilities,

  *submit(input) {
    const body = bodyOf(input);
    if ('problem' in body) return refused('invalid_request', body.problem);
    const reply = yield { method: 'POST', path: interactions, json: body.json, auth, creates: true };
    if (!isSuccess(reply)) return { outcome: 'refused', failure: refusalOf(reply) };
    const id = createdSchema.safeParse(reply.body).data?.id;
    return id === undefined ? unreadableSubmit(reply) : { outcome: 'accepted', handle: { id } };
  },

  *poll(handle) {
    const reply = yield { method: 'GET', path: pathOf(handle), auth };
    if (isSuccess(reply)) return observed(reply, interactionSchema.safeParse(reply.body).data);
    const error = errorIn(reply);
    const words = error === undefined ? undefined : wordsOf(error);
    const isGone = reply.status === 404 && words !== undefined && /\bnot_found\b/i.test(words);
    return isGone ? { state: 'gone' } : unreadable(reply, words || undefined);
  },

  *cancel(handle) {
    const reply = yield { method: 'POST', path: `${pathOf(handle)}/cancel`, auth };
    if (statusIn(reply) === 'cancelled') return 'cancelled';
    // Best effort: whatever the answer was, the interaction itself tells what came of it.
    const status = statusIn(yield { method: 'GET', path: pathOf(handle), auth });
    if (status === 'cancelled') return 'cancelled';
    return status !== undefined && /^(completed|failed|incomplete)$/.test(status) ? 'too_late' : 'unknown';
  },

  adopt: (id) => ({ id }),
};

const interactions = '/interactions';
const handleSchema = z.object({ id: z.string().min(1) });
const createdSchema = z.object({ id: z.string().min(1) });

function pathOf(handle: unknown): string {
  return `${interactions}/${encodeURIComponent(handleSchema.parse(handle).id)}`;
}

function statusIn(reply: Parameters<typeof isSuccess>[0]): string | undefined {
  return isSuccess(reply) ? interactionSchema.safeParse(reply.body).data?.status : undefined;
}
