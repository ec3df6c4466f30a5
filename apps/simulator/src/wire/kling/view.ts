import { jsonMessage, signed } from '../../callback/message.js';
import { type Phase } from '../../engine/timeline.js';
import { fileUrl, type News, oddStatus, type Sighting, type Wire } from '../wire.js';
import { refuse } from './errors.js';
import { newId } from './task-id.js';

/**
 * Calls back on each change with the task of a poll, flat, signed as for an account that made a webhook secret in its
 * console. A legacy callback never has the link to the marked copy.
 */
export const klingWire: Wire = {
  name: 'kling',
  announces: 'every change',
  refuse,
  callback: ({ render, state, url, secret, now }: News) => {
    const sighting = { render, state, oddStatus: false };
    const body = isLegacy(sighting) ? legacyViewOf(sighting, { isCallback: true }) : viewOf(sighting);
    return signed(jsonMessage(url, body), secret, now, newId(now));
  },
};

/** The new generation spells success like everybody else, the legacy one does not. */
const statuses: Record<Phase, 'submitted' | 'processing' | 'succeeded' | 'failed'> = {
  queued: 'submitted',
  running: 'processing',
  succeeded: 'succeeded',
  failed: 'failed',
  moderated: 'failed',
  expired: 'failed',
  cancelled: 'failed',
};

/** All that a render says of why it failed. */
const reasons: Partial<Record<Phase, string>> = {
  failed: 'Service exception, please try again',
  moderated: 'Failure to pass the risk control system',
  expired: 'Task timeout',
  cancelled: 'Task canceled',
};

export function isLegacy({ render }: Sighting): boolean {
  return typeof render.order.echo.kind === 'string';
}

/** Around every answer that is not a refusal. */
export function enveloped(data: unknown, requestId: string) {
  return { code: 0, message: 'SUCCEED', request_id: requestId, data };
}

/** One item of `GET /tasks`; times in milliseconds, numbers of money and seconds as strings. */
export function viewOf({ render, state, oddStatus: odd }: Sighting) {
  const { id, order, plan } = render;
  const { externalId, watermark, units } = order.echo;
  const succeeded = state.phase === 'succeeded';
  const video = {
    type: 'video',
    id: `${id}9`,
    url: fileUrl(render),
    watermark_url: watermark === true ? marked(render) : '',
    duration: (order.durationMs / 1000).toFixed(2),
  };
  return {
    id,
    status: odd ? oddStatus : statuses[state.phase],
    message: reasons[state.phase] ?? '',
    create_time: plan.createdAt,
    update_time: state.since,
    ...(externalId !== undefined && { external_id: externalId }),
    ...(succeeded && {
      outputs: [video],
      billing: [{ charge_type: 'unit', amount: units, package_type: 'video' }],
    }),
  };
}

/** What the answer to a create says of the task. */
export function createdView(sighting: Sighting) {
  const { render, state } = sighting;
  const { externalId } = render.order.echo;
  if (isLegacy(sighting)) {
    return {
      task_id: render.id,
      task_status: 'submitted',
      task_info: infoOf(sighting),
      created_at: render.plan.createdAt,
      updated_at: state.since,
    };
  }
  return {
    id: render.id,
    status: 'submitted',
    create_time: render.plan.createdAt,
    update_time: state.since,
    ...(externalId !== undefined && { external_id: externalId }),
  };
}

/** Failed or not, code 0 and SUCCEED stand around it. `task_info` is empty while it runs and when it failed. */
export function legacyViewOf({ render, state, oddStatus: odd }: Sighting, { isCallback = false } = {}) {
  const { id, order, plan } = render;
  const succeeded = state.phase === 'succeeded';
  const word = statuses[state.phase];
  const video = {
    id: `${id}9`,
    url: fileUrl(render),
    ...(order.echo.watermark === true && !isCallback && { watermark_url: marked(render) }),
    duration: (order.durationMs / 1000).toFixed(1),
  };
  return {
    task_id: id,
    task_status: odd ? oddStatus : word === 'succeeded' ? 'succeed' : word,
    task_status_msg: reasons[state.phase] ?? '',
    task_info: succeeded ? infoOf({ render }) : {},
    task_result: succeeded ? { videos: [video] } : {},
    ...(succeeded && { final_unit_deduction: order.echo.units }),
    created_at: plan.createdAt,
    updated_at: state.since,
  };
}

function infoOf({ render }: Pick<Sighting, 'render'>): object {
  const { externalId } = render.order.echo;
  return externalId === undefined ? {} : { external_task_id: externalId };
}

/** The simulator draws no watermark: the same film under another link. */
function marked(render: Sighting['render']): string {
  return `${fileUrl(render)}?watermark=1`;
}
