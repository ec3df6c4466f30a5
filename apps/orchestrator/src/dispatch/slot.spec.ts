import { alarmsIn, alarmTurn, type ChannelNote, closedFor, digestNotes, freeSlots, type Slot, takeUp } from './slot.js';

const now = 1_000_000;
const slot: Slot = {
  channelId: 'one',
  limit: 10,
  inUse: 3,
  vclock: 0,
  tokens: 10,
  refillPerSecond: 2,
  notBefore: 0,
  alarm: null,
  breaker: { state: 'closed', until: 0, opens: 0, faultsInRow: 0, windowFrom: now, windowCalls: 0, windowFaults: 0 },
};
const note = (kind: ChannelNote['kind'], more: Partial<ChannelNote> = {}): ChannelNote => ({
  kind,
  accountId: null,
  retryAfterMs: null,
  ...more,
});
const digest = (...notes: ChannelNote[]) => digestNotes(slot, notes, now, () => 0.5);

it('counts slots that came back, by account, and never below none', () => {
  const a = { accountId: 'a' };
  const returned = digest(note('returned', a), note('returned', a), note('returned', { accountId: 'b' }));
  expect(returned.slot.inUse).toBe(0);
  expect([...returned.returned]).toEqual([
    ['a', 2],
    ['b', 1],
  ]);
  expect(digest(...Array.from({ length: 9 }, () => note('returned', a))).slot.inUse).toBe(0);
});

it('a 429 holds everybody back for as long as it says, the longest of several', () => {
  const waits = [500, 2_000, null].map((retryAfterMs) => note('rate_limited', { retryAfterMs }));
  expect(digest(...waits).slot).toMatchObject({ notBefore: now + 2_000, breaker: { state: 'closed' } });
  expect(digest(note('rate_limited')).slot.notBefore).toBe(now + 1_000);
});

it.each(['balance', 'credentials'] as const)('%s takes the channel out at once, and mending lets it try', (kind) => {
  const out = digest(note('ok'), note(kind), note('ok'));
  expect(out.slot.breaker).toMatchObject({ state: 'open', until: now + 10_000 });
  const mended = digestNotes(out.slot, [note('mended')], now + 1, () => 0.5);
  expect(mended.slot.breaker.until).toBe(now + 1);
});

it.each<[string, Partial<Slot>, number, number]>([
  ['has room', {}, 7, 0],
  ['is out of slots', { inUse: 10 }, 0, Infinity],
  ['is out of its rate', { tokens: 0.5 }, 0, 250],
  ['was told to wait', { notBefore: now + 700 }, 0, 700],
  ['is taken out', { breaker: { ...slot.breaker, state: 'open', until: now + 9_000 } }, 0, 9_000],
  ['may be tried', { breaker: { ...slot.breaker, state: 'open', until: now } }, 1, 0],
])('a channel that %s', (_, change, free, closedMs) => {
  expect(freeSlots({ ...slot, ...change }, now)).toBe(free);
  expect(closedFor({ ...slot, ...change }, now)).toBe(closedMs);
});

it('is closed while its probe is under way', () => {
  const open: Slot = { ...slot, breaker: { ...slot.breaker, state: 'open', until: now } };
  expect(closedFor(takeUp(open, 1, now), now)).toBe(60_000);
  expect(takeUp(slot, 3, now)).toMatchObject({ inUse: 6, tokens: 7, breaker: { state: 'closed' } });
});

it('counts each trouble of a round once', () => {
  const notes = [note('fault'), note('balance'), note('credentials'), note('balance'), note('rate_limited')];
  expect([...alarmsIn(notes)]).toEqual(['balance', 'credentials']);
  expect([...alarmsIn([note('ok'), note('fault')])]).toEqual([]);
});

it('tells of an alarm when it begins, when its reason changes and when it is over', () => {
  let before = slot;
  const round = (...notes: ChannelNote[]) => {
    const after = digestNotes(before, notes, now, () => 0.5).slot;
    const told = alarmTurn(before.alarm, after.alarm);
    before = after;
    return told;
  };
  expect(round(note('balance'), note('balance'))).toEqual({ turn: 'begins', alarm: 'balance' });
  expect(round(note('balance'), note('ok'))).toBeUndefined();
  expect(round(note('credentials'))).toEqual({ turn: 'begins', alarm: 'credentials' });
  expect(round(note('mended'))).toBeUndefined();

  before = takeUp(before, 1, now);
  expect(round(note('credentials'))).toBeUndefined();
  before = takeUp(before, 1, now);
  expect(round(note('ok'))).toEqual({ turn: 'is_over', alarm: 'credentials' });
  expect(round(note('ok'))).toBeUndefined();
  expect(round(note('balance'))).toEqual({ turn: 'begins', alarm: 'balance' });
});

it('has no alarm for a channel that is merely down', () => {
  const down = digest(...Array.from({ length: 5 }, () => note('fault'))).slot;
  expect([down.breaker.state, down.alarm]).toEqual(['open', null]);
});
