import { allowance, type Breaker, type ChannelOutcome, mend, reportOutcome, startProbe } from './breaker.js';
import { type NoteKind } from './notes.js';

/** A channel's admission state. Times are milliseconds since the epoch, of the database's clock. */
export interface Slot {
  readonly channelId: string;
  readonly limit: number;
  readonly inUse: number;
  readonly vclock: number;
  readonly tokens: number;
  readonly refillPerSecond: number;
  readonly notBefore: number;
  readonly breaker: Breaker;
  /** What took it out and has not been overcome. */
  readonly alarm: ChannelAlarm | null;
}

export interface ChannelNote {
  readonly kind: NoteKind;
  readonly accountId: string | null;
  readonly retryAfterMs: number | null;
}

export interface Digest {
  readonly slot: Slot;
  /** Accounts that have something queued. */
  readonly queued: ReadonlySet<string>;
  /** Slots given back, by account. */
  readonly returned: ReadonlyMap<string, number>;
}

/** Without a `retry-after`: long enough to matter, short enough not to. */
const rateLimitPauseMs = 1000;

/** Applies everything that was left for this channel since its dispatcher last looked. */
export function digestNotes(slot: Slot, notes: readonly ChannelNote[], now: number, jitter: () => number): Digest {
  const queued = new Set<string>();
  const returned = new Map<string, number>();
  let { inUse, notBefore, breaker, alarm } = slot;
  for (const { kind, accountId, retryAfterMs } of notes) {
    if (kind === 'queued') {
      if (accountId !== null) queued.add(accountId);
    } else if (kind === 'returned') {
      inUse = Math.max(0, inUse - 1);
      if (accountId !== null) returned.set(accountId, (returned.get(accountId) ?? 0) + 1);
    } else if (kind === 'mended') {
      breaker = mend(breaker, now);
    } else {
      breaker = reportOutcome(breaker, kind, now, jitter());
      if (kind === 'rate_limited') notBefore = Math.max(notBefore, now + (retryAfterMs ?? rateLimitPauseMs));
      if (isAlarm(kind)) alarm = kind;
    }
  }
  if (breaker.state === 'closed') alarm = null;
  return { slot: { ...slot, inUse, notBefore, breaker, alarm }, queued, returned };
}

/** How many tasks may start now. */
export function freeSlots(slot: Slot, now: number): number {
  const allowed = allowance(slot.breaker, now);
  if (slot.notBefore > now || allowed === 'none') return 0;
  const free = Math.max(0, Math.min(slot.limit - slot.inUse, Math.floor(slot.tokens)));
  return allowed === 'probe' ? Math.min(free, 1) : free;
}

/** How long it will be, in milliseconds, until a task may start. Infinity: not before a slot is given back. */
export function closedFor(slot: Slot, now: number): number {
  if (slot.inUse >= slot.limit) return Infinity;
  const untilToken = slot.tokens >= 1 ? 0 : ((1 - slot.tokens) / slot.refillPerSecond) * 1000;
  const untilProbe = slot.breaker.state === 'closed' ? 0 : slot.breaker.until - now;
  return Math.max(0, untilToken, untilProbe, slot.notBefore - now);
}

export function takeUp(slot: Slot, started: number, now: number): Slot {
  const isProbe = started > 0 && slot.breaker.state !== 'closed';
  return {
    ...slot,
    inUse: slot.inUse + started,
    tokens: slot.tokens - started,
    breaker: isProbe ? startProbe(slot.breaker, now) : slot.breaker,
  };
}

export type ChannelAlarm = Extract<ChannelOutcome, 'balance' | 'credentials'>;

/** What an operator must hear of at once; each thing once, however many calls it has met. */
export function alarmsIn(notes: readonly ChannelNote[]): ReadonlySet<ChannelAlarm> {
  return new Set(notes.flatMap(({ kind }) => (isAlarm(kind) ? [kind] : [])));
}

export interface AlarmTurn {
  readonly turn: 'begins' | 'is_over';
  readonly alarm: ChannelAlarm;
}

/** An alarm is told of when it begins or has another reason, and when it is over, not each time that it is met again. */
export function alarmTurn(was: ChannelAlarm | null, is: ChannelAlarm | null): AlarmTurn | undefined {
  if (was === is) return undefined;
  if (is !== null) return { turn: 'begins', alarm: is };
  return was === null ? undefined : { turn: 'is_over', alarm: was };
}

function isAlarm(kind: NoteKind): kind is ChannelAlarm {
  return kind === 'balance' || kind === 'credentials';
}
