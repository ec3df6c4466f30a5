import { randomUUID } from 'node:crypto';
import { jsonMessage } from '../../callback/message.js';
import { type Phase } from '../../engine/timeline.js';
import { fileUrl, oddStatus, type Challenge, type Sighting, type Wire } from '../wire.js';
import { refuse } from './errors.js';
import { fileIdOf } from './task-id.js';

/** Calls back on each change, unsigned, once the address has repeated what it was asked. */
export const hailuoWire: Wire = {
  name: 'hailuo',
  announces: 'every change',
  refuse,
  callback: ({ render, state, url }) => jsonMessage(url, callbackOf({ render, state, oddStatus: false })),
  challenge: (url) => challengeOf(url, randomUUID()),
};

const success = { status_code: 0, status_msg: 'success' };
const answersWithinMs = 3_000;

export function challengeOf(url: string, challenge: string): Challenge {
  return {
    message: jsonMessage(url, { challenge }),
    withinMs: answersWithinMs,
    isMet: (answer) => valueIn(answer, 'challenge') === challenge,
  };
}

/** What v1 says when a render ends badly; mostly nothing. */
const reasons: Partial<Record<Phase, typeof success>> = {
  moderated: { status_code: 1027, status_msg: 'output new_sensitive' },
};
const firstStatuses: Record<Phase, string> = {
  queued: 'Queueing',
  running: 'Processing',
  succeeded: 'Success',
  failed: 'Fail',
  moderated: 'Fail',
  expired: 'Timeout',
  cancelled: 'Fail',
};
const calledStatuses: Partial<Record<Phase, string>> = {
  queued: 'queueing',
  running: 'processing',
  succeeded: 'success',
};

export function firstCreated({ render }: Sighting) {
  return { task_id: render.id, base_resp: success };
}

/** v1: three calls to a film; this is the second, and has no link. */
export function firstView({ render, state: { phase }, oddStatus: odd }: Sighting) {
  const isDone = phase === 'succeeded';
  const { width, height } = render.order.size;
  return {
    task_id: render.id,
    status: odd ? oddStatus : firstStatuses[phase],
    file_id: isDone ? fileIdOf(render.id) : '',
    ...(isDone && { video_width: width, video_height: height }),
    base_resp: reasons[phase] ?? success,
  };
}

/** The third: here the file's id is a number. */
export function fileView({ render, state }: Sighting) {
  return {
    file: {
      file_id: Number(fileIdOf(render.id)),
      bytes: render.file?.bytes ?? 0,
      created_at: Math.floor(state.since / 1000),
      filename: 'output_aigc.mp4',
      purpose: 'video_generation',
      download_url: fileUrl(render),
    },
    base_resp: success,
  };
}

/** The shape of v1's query, with words in lower case. */
function callbackOf({ render, state: { phase } }: Sighting) {
  const isFiled = phase === 'succeeded' && render.order.echo.api === 'v1';
  return {
    task_id: render.id,
    status: calledStatuses[phase] ?? 'failed',
    file_id: isFiled ? fileIdOf(render.id) : '',
    base_resp: reasons[phase] ?? success,
  };
}

const secondErrors: Partial<Record<Phase, { code: string; message: string }>> = {
  failed: { code: '1000', message: 'unknown error' },
  moderated: { code: '1027', message: 'output new_sensitive' },
};

/** v2: timestamps in Unix seconds, codes as text. */
export function secondView({ render, state, oddStatus: odd }: Sighting) {
  const { order, plan, id } = render;
  const { phase } = state;
  const error = secondErrors[phase];
  return {
    task: {
      id,
      model: order.model,
      status: odd ? oddStatus : phase === 'moderated' ? 'failed' : phase,
      created_at: Math.floor(plan.createdAt / 1000),
      updated_at: Math.floor(state.since / 1000),
      ...(error !== undefined && { error }),
      ...(phase === 'succeeded' && { content: { url: fileUrl(render) } }),
      resolution: order.echo.resolution,
      duration: order.echo.duration,
      ratio: order.echo.ratio,
      task_type: order.echo.task_type,
      modality: 'video',
      ...(phase === 'succeeded' && { usage: usageOf(order) }),
    },
  };
}

function usageOf({ durationMs, echo }: Sighting['render']['order']) {
  const output = durationMs / 1000;
  // Nobody looks at an input's length: each counts as long as the film.
  const input = Number(echo.videos ?? 0) * output;
  return {
    total_seconds: input + output,
    input_seconds: input,
    output_seconds: output,
    input_image_count: echo.images,
  };
}

function valueIn(text: string, name: string): unknown {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null
      ? Object.entries(json).find(([key]) => key === name)?.[1]
      : undefined;
  } catch {
    return undefined;
  }
}
