import { type Phase } from '../../engine/timeline.js';
import { fileUrl, type Sighting, type Wire } from '../wire.js';
import { refuse } from './errors.js';

/** Its webhooks go to one address out of the console, which here is none. */
export const pixverseWire: Wire = { name: 'pixverse', announces: 'nothing', refuse };

/** Numbers. There is no word for a failure's reason, but for one: 7 is moderation. */
const statuses: Record<Phase, number> = {
  queued: 9,
  running: 5,
  succeeded: 1,
  failed: 8,
  moderated: 7,
  expired: 8,
  cancelled: 6,
};
const oddStatus = 99;

/** What a create answers: a transition spells its price otherwise. */
export function createdOf({ render }: Sighting) {
  const { way, credits } = render.order.echo;
  return { video_id: render.id, ...(way === 'transition' ? { credit: credits } : { credits }) };
}

export function viewOf({ render, state, oddStatus: odd }: Sighting) {
  const { id, order, plan, file } = render;
  const { prompt, negativePrompt, seed, style, quality, credits } = order.echo;
  const isDone = state.phase === 'succeeded' && !odd;
  return {
    id,
    status: odd ? oddStatus : statuses[state.phase],
    url: isDone ? fileUrl(render) : '',
    prompt,
    negative_prompt: negativePrompt,
    seed,
    style,
    size: isDone ? (file?.bytes ?? 0) : 0,
    outputWidth: isDone ? order.size.width : 0,
    outputHeight: isDone ? order.size.height : 0,
    resolution_ratio: Number.parseInt(String(quality), 10),
    has_audio: isDone && order.audio,
    ...(isDone && { credits }),
    create_time: new Date(plan.createdAt).toISOString(),
    modify_time: new Date(state.since).toISOString(),
  };
}

/** JSON in which ids are numbers, too long for JavaScript to write them as such. */
export function answerOf(content: object): string {
  const text = JSON.stringify({ ErrCode: 0, ErrMsg: 'success', Resp: content });
  return text.replace(/"(id|video_id)":"(\d+)"/g, '"$1":$2');
}
