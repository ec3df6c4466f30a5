import { type Phase } from '../../engine/timeline.js';
import { fileUrl, oddStatus, type Sighting, type Wire, type WireReply } from '../wire.js';
import { refuse } from './errors.js';
import { modelOf, ticksOf } from './models.js';

export const xaiWire: Wire = { name: 'xai', announces: 'nothing', refuse };

/** The answer to a poll: 202 while it is not done, 200 once it is, and 400 for one that moderation has stopped. */
export function replyOf({ render, state, oddStatus: odd }: Sighting): WireReply {
  const { order } = render;
  if (odd) return { status: 200, body: { status: oddStatus, progress: state.progress } };
  const replies: Record<Phase, () => WireReply> = {
    // Before the render begins there is not even a body.
    queued: () => ({ status: 202, body: undefined }),
    running: () => ({ status: 202, body: { status: 'pending', progress: state.progress } }),
    succeeded: () =>
      done(render, { url: fileUrl(render), duration: order.durationMs / 1000, respect_moderation: true }),
    moderated: () =>
      modelOf(order.model)?.moderates === 'by a flag'
        ? done(render, { url: '', duration: order.durationMs / 1000, respect_moderation: false })
        : {
            status: 400,
            body: {
              code: 'imagine:content-moderated',
              error: 'Generated video rejected by content moderation.',
              usage: usageOf(render),
            },
          },
    failed: () => ({
      status: 200,
      body: { status: 'failed', progress: 0, error: { code: 'internal_error', message: 'Video generation failed.' } },
    }),
    expired: () => ({ status: 200, body: { status: 'expired' } }),
    // There is no cancel.
    cancelled: () => ({ status: 200, body: { status: 'expired' } }),
  };
  return replies[state.phase]();
}

function done(render: Sighting['render'], video: object): WireReply {
  const { model } = render.order;
  return { status: 200, body: { status: 'done', progress: 100, model, video, usage: usageOf(render) } };
}

/** Moderated renders are charged too. */
function usageOf({ order }: Sighting['render']) {
  return { cost_in_usd_ticks: ticksOf(order.model, String(order.echo.resolution), order.durationMs / 1000) };
}
