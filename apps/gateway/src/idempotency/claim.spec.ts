import { type Claim, type ClaimedRow, decide, repeatOf } from './claim.js';

const claim: Claim = {
  accountId: 'acc_1',
  key: 'key:k',
  requestHash: Buffer.from('same'),
  taskId: 'vidgen_1783003830450_00000002',
  owner: 'mine',
  keepSeconds: 60,
  leaseSeconds: 30,
  isFresh: false,
};
const row: ClaimedRow = {
  account_id: 'acc_1',
  key: 'key:k',
  request_hash: Buffer.from('same'),
  task_id: 'vidgen_1783003830450_00000001',
  state: 'in_progress',
  owner: 'another',
  response: null,
};

describe('a claim', () => {
  it.each<[string, Partial<ClaimedRow>, ReturnType<typeof decide>]>([
    ['that is mine goes on with the id of the row', { owner: 'mine' }, { outcome: 'go', taskId: row.task_id }],
    ["under another's lease waits", {}, { outcome: 'in_progress' }],
    ['of a finished request replays it', { state: 'done', response: '{}' }, { outcome: 'replay', response: '{}' }],
    ['of another request is refused, running', { request_hash: Buffer.from('other') }, { outcome: 'reused' }],
    [
      'of another request is refused, finished',
      { request_hash: Buffer.from('other'), state: 'done', response: '{}' },
      { outcome: 'reused' },
    ],
  ])('%s', (_name, change, expected) => {
    expect(decide({ ...row, ...change }, claim)).toEqual(expected);
  });

  it('without a lease goes on with the id of the row, whoever holds it', () => {
    expect(decide(row, { ...claim, leaseSeconds: 0 })).toEqual({ outcome: 'go', taskId: row.task_id });
  });

  it('of a first try goes on with its own id, whatever it finds', () => {
    expect(decide(row, { ...claim, leaseSeconds: 0, isFresh: true })).toEqual({ outcome: 'go', taskId: claim.taskId });
  });
});

describe('the headers of a repeat', () => {
  it.each([
    [{}, { kind: 'none' }],
    [{ 'idempotency-key': 'abc' }, { kind: 'key', key: 'abc' }],
    [{ 'idempotency-key': 'x'.repeat(255) }, { kind: 'key', key: 'x'.repeat(255) }],
    [{ 'x-stainless-retry-count': '0' }, { kind: 'sdk', retry: 0 }],
    [{ 'x-stainless-retry-count': '2' }, { kind: 'sdk', retry: 2 }],
    [{ 'x-stainless-retry-count': 'many' }, { kind: 'none' }],
    [
      { 'idempotency-key': 'abc', 'x-stainless-retry-count': '1' },
      { kind: 'key', key: 'abc' },
    ],
  ])('%j', (headers, expected) => {
    expect(repeatOf(headers)).toEqual(expected);
  });

  it.each([[''], ['x'.repeat(256)], ['tab\there'], ['ü'], [['a', 'b']]])('%p is no key', (key) => {
    expect(() => repeatOf({ 'idempotency-key': key })).toThrow(
      expect.objectContaining({ code: 'invalid_request', param: 'Idempotency-Key' }),
    );
  });
});
