import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const lookEveryMs = 50;
/** What may gather before it is swept; an idle look costs microseconds, a sweep a few milliseconds. */
const mostBytes = 8 * 1024 * 1024;

/** How the memory of buffers is seen and given back. */
export interface BufferMemory {
  /** Bytes that this process holds outside of the heap, in use or not. */
  held(): number;
  /** Gives back what was used for a moment only. */
  sweep(): void;
}

/**
 * For a service that passes bodies on. Their chunks live for a moment and outside of V8's heap, which V8 hardly counts: it
 * collects them when something else has filled its young generation, so in a quiet process a body of 50 MB costs 50 MB.
 * Until `signal` is aborted, they are collected whenever that much of them has gathered.
 */
export function sweepBuffers(signal: AbortSignal, memory: BufferMemory = youngBuffers()): void {
  let least = memory.held();
  const timer = setInterval(() => {
    const held = memory.held();
    least = Math.min(least, held);
    if (held - least < mostBytes) return;
    memory.sweep();
    // What is held still is in use, or is given back in a moment: then the next look sees less.
    least = memory.held();
  }, lookEveryMs);
  timer.unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}

/** Node hands out its collector only by this flag, which every context that is made while it is set gets. */
function youngBuffers(): BufferMemory {
  setFlagsFromString('--expose-gc');
  const collect: NodeJS.GCFunction = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  return { held: () => getHeapStatistics().external_memory, sweep: () => collect({ type: 'minor' }) };
}
