import { type Phase } from '../../engine/timeline.js';
import { fileUrl, oddStatus, type Sighting, type Wire } from '../wire.js';
import { refuse } from './errors.js';

/** Calls nobody back: completion goes to an event bus that is set up in a console. */
export const dashscopeWire: Wire = { name: 'dashscope', announces: 'nothing', refuse };

const statuses: Record<Phase, string> = {
  queued: 'PENDING',
  running: 'RUNNING',
  succeeded: 'SUCCEEDED',
  failed: 'FAILED',
  moderated: 'FAILED',
  expired: 'FAILED',
  cancelled: 'CANCELED',
};

const errors: Partial<Record<Phase, { code: string; message: string }>> = {
  failed: { code: 'InternalError.Algo', message: 'An internal error has occured during execution.' },
  moderated: { code: 'DataInspectionFailed', message: 'Output data may contain inappropriate content.' },
  expired: { code: 'InternalError.Timeout', message: 'The task timed out.' },
};

export function createdOf({ render }: Sighting, requestId: string) {
  return { output: { task_status: 'PENDING', task_id: render.id }, request_id: requestId };
}

/** A task: errors inside `output`, all with status 200; usage only on success. */
export function viewOf({ render, state, oddStatus: odd }: Sighting, requestId: string) {
  const { id, order, plan } = render;
  const { phase, since } = state;
  const isOver = phase !== 'queued' && phase !== 'running';
  return {
    request_id: requestId,
    output: {
      task_id: id,
      task_status: odd ? oddStatus.toUpperCase() : statuses[phase],
      submit_time: localTime(plan.createdAt),
      ...(phase !== 'queued' && { scheduled_time: localTime(plan.startsAt) }),
      ...(isOver && { end_time: localTime(since) }),
      ...errors[phase],
      ...(phase === 'succeeded' && {
        orig_prompt: order.prompt,
        ...(order.echo.extended === true && { actual_prompt: order.prompt }),
        video_url: fileUrl(render),
      }),
    },
    ...(phase === 'succeeded' && { usage: usageOf(render.order) }),
  };
}

/** A task that was never there looks like one that is too old to be remembered. */
export function unknownOf(id: string, requestId: string) {
  return { request_id: requestId, output: { task_id: id, task_status: 'UNKNOWN' } };
}

function usageOf({ durationMs, echo }: Sighting['render']['order']) {
  const [output, input] = [durationMs / 1000, Number(echo.input_seconds ?? 0)];
  return {
    duration: input + output,
    input_video_duration: input,
    output_video_duration: output,
    video_count: 1,
    SR: Number.parseInt(String(echo.resolution), 10),
    ratio: echo.ratio,
  };
}

/** `2026-04-20 17:55:17.075`: the time in Beijing, without saying so. */
function localTime(ms: number): string {
  return new Date(ms + 8 * 3_600_000).toISOString().replace('T', ' ').slice(0, 23);
}
