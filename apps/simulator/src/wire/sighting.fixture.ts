import { type Order, type Render } from '../engine/render.js';
import { planRender, stateAt, type Phase } from '../engine/timeline.js';
import { Refusal } from '../http/refusal.js';
import { type Script } from '../script/directives.js';
import { type Sighting } from './wire.js';

const scripts: Partial<Record<Phase, Script>> = {
  failed: { fail: 1 },
  moderated: { moderate: 1 },
  expired: { expire: 1 },
};

/** For specs: an order, made at a fixed moment and running ten seconds, seen once it is in the given phase. */
export function seenAs(phase: Phase, order: Order, id = 'id_1'): Sighting {
  const createdAt = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
  const script = { queue: 1000, slow: 10_000, ...scripts[phase] };
  const file = { path: '/films/1.mp4', bytes: 1234, sha256: 'abcd' };
  const render: Render = {
    id,
    order,
    script,
    plan: planRender(script, createdAt, order.expiresAfterMs),
    filmedAt: createdAt,
    file,
    announced: 'queued',
    timers: [],
    turns: new Map(),
    counts: { polls: 0, downloads: 0, callbacksSent: 0, callbacksAcknowledged: 0 },
  };
  if (phase === 'cancelled') render.cancelledAt = createdAt + 500;
  const elapsed = phase === 'queued' ? 0 : phase === 'running' ? 6000 : 20_000;
  return { render, state: stateAt(render.plan, render, createdAt + elapsed), oddStatus: false };
}

/** For specs: what the work was refused with. */
export function refusalOf(work: () => unknown): Refusal {
  try {
    work();
  } catch (error) {
    if (error instanceof Refusal) return error;
  }
  throw new Error('was not refused');
}
