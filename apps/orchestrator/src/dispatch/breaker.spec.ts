import { allowance, type Breaker, type ChannelOutcome, mend, reportOutcome, startProbe } from './breaker.js';

const closed: Breaker = {
  state: 'closed',
  until: 0,
  opens: 0,
  faultsInRow: 0,
  windowFrom: 0,
  windowCalls: 0,
  windowFaults: 0,
};
const report = (breaker: Breaker, outcomes: readonly ChannelOutcome[], now = 1000) =>
  outcomes.reduce((state, outcome) => reportOutcome(state, outcome, now, 0.5), breaker);
const times = (count: number, outcome: ChannelOutcome) => Array.from({ length: count }, () => outcome);

describe('breaker', () => {
  it('opens at five faults in a row and not at four', () => {
    expect(report(closed, times(4, 'fault')).state).toBe('closed');
    expect(report(closed, times(5, 'fault')).state).toBe('open');
    expect(report(closed, [...times(4, 'fault'), 'ok', ...times(4, 'fault')]).state).toBe('closed');
  });

  it('opens when half of twenty calls within a minute fail', () => {
    const mixed = Array.from({ length: 20 }, (_, index): ChannelOutcome => (index % 2 === 0 ? 'ok' : 'fault'));
    expect(report(closed, mixed).state).toBe('open');
    const spread = mixed.reduce((state, outcome, index) => reportOutcome(state, outcome, index * 4000, 0.5), closed);
    expect(spread.state).toBe('closed');
  });

  it('opens at once without balance or with a bad credential', () => {
    expect(report(closed, ['balance']).state).toBe('open');
    expect(report(closed, ['credentials']).state).toBe('open');
  });

  it('never counts a 429', () => {
    expect(report(closed, times(100, 'rate_limited'))).toEqual(closed);
  });

  it('stays open longer each time, lets one probe through and closes when that succeeds', () => {
    const opened = report(closed, times(5, 'fault'));
    expect(opened.until).toBe(1000 + 10_000);
    expect(allowance(opened, 5000)).toBe('none');
    expect(allowance(opened, 11_000)).toBe('probe');

    const probing = startProbe(opened, 11_000);
    expect(allowance(probing, 12_000)).toBe('none');

    const reopened = report(probing, ['fault'], 12_000);
    expect(reopened.until).toBe(12_000 + 20_000);

    const healed = report(startProbe(reopened, 40_000), ['ok'], 41_000);
    expect(healed).toMatchObject({ state: 'closed', opens: 0, faultsInRow: 0 });
  });

  it('lets one probe through as soon as it is mended, and waits as at first when that fails', () => {
    const shut = report(report(closed, ['credentials'], 1_000), ['credentials'], 20_000);
    expect(allowance(shut, 21_000)).toBe('none');

    const mended = mend(shut, 21_000);
    expect(allowance(mended, 21_000)).toBe('probe');
    const probing = startProbe(mended, 21_000);
    expect(report(probing, ['ok'], 22_000).state).toBe('closed');
    expect(report(probing, ['credentials'], 22_000)).toMatchObject({ state: 'open', until: 32_000 });
    expect(mend(closed, 21_000)).toEqual(closed);
  });

  it('ignores late reports of calls that were under way when it opened', () => {
    const opened = report(closed, times(5, 'fault'));
    expect(report(opened, times(20, 'fault')).until).toBe(opened.until);
  });
});
