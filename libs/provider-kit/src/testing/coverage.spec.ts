import { type AdapterCapabilities } from '../capability.js';
import { coverageOf } from './coverage.js';
import { exchangeSchema } from './exchange.js';

const capabilities: AdapterCapabilities = {
  provider: 'test',
  modes: ['text-to-video', 'video-edit'],
  completion: 'callback',
  cancel: true,
  lookup: true,
  adopt: true,
  batchPoll: true,
  resultNeedsKey: false,
  resultTtlSeconds: null,
  usage: 'nothing',
  providerOptions: [],
  notes: [],
};

it('demands everything that is declared', () => {
  const missing = coverageOf(capabilities, []);

  for (const demand of [
    'submit video-edit',
    'poll gone',
    'cancel too_late',
    'lookup found',
    'adopt',
    'pollMany',
    'callback valid',
  ])
    expect(missing).toContain(demand);
  const { adopt: _, ...others } = capabilities;
  const less = coverageOf({ ...others, cancel: false, lookup: false, batchPoll: false, completion: 'poll' }, []);
  expect(less.filter((demand) => /cancel |lookup|adopt|pollMany|callback/.test(demand))).toEqual([]);
});

it('does not ask for a word that the provider does not have', () => {
  expect(coverageOf(capabilities, [])).toContain('poll queued');
  expect(coverageOf({ ...capabilities, queue: false }, [])).not.toContain('poll queued');
});

it('takes an exchange for what it shows, and a signed callback for a duty', () => {
  const common = { name: 'x' };
  const submit = { ...common, operation: 'submit', input: { upstreamModel: 'm' }, result: { outcome: 'accepted' } };
  const poll = { ...common, operation: 'poll', input: { id: '1' }, result: { state: 'queued' } };
  const callback = {
    ...common,
    operation: 'callback',
    shows: 'valid',
    input: { body: '' },
    result: { trust: 'signed' },
  };
  const shown = [submit, poll, callback].map((entry) => exchangeSchema.parse(entry));

  const missing = coverageOf(capabilities, shown);

  for (const label of ['submit text-to-video', 'poll queued', 'callback valid']) expect(missing).not.toContain(label);
  expect(missing).toEqual(expect.arrayContaining(['callback forged', 'callback replayed', 'submit video-edit']));
});
