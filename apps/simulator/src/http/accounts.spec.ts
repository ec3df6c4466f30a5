import { Accounts } from './accounts.js';

it('knows every bearer key but the bad ones, unless one is configured', () => {
  const open = new Accounts(undefined, undefined);
  const account = open.authorize('Bearer key-1');
  expect(open.authorize('bearer  key-1')).toBe(account);
  expect(open.authorize('Bearer key-2')).not.toBe(account);
  expect(open.secretOf(account)).toBe('key-1');
  for (const header of [undefined, '', 'Basic x', 'Bearer bad-key']) expect(() => open.authorize(header)).toThrow();

  const closed = new Accounts('only-this', undefined);
  expect(closed.authorize('Bearer only-this')).toEqual(expect.any(String));
  expect(() => closed.authorize('Bearer key-1')).toThrow(expect.objectContaining({ kind: 'bad_credentials' }));
});

it('takes whoever proved it in another way at their word, and signs with the secret that they named', () => {
  const accounts = new Accounts('only-this', undefined);
  const secret = accounts.secretOfAccessKey('ak-sim');

  const account = accounts.accountOf('ak-sim', secret);

  expect(secret).toBe('secret-of-ak-sim');
  expect(accounts.accountOf('ak-sim', secret)).toBe(account);
  expect(accounts.accountOf('ak-2', secret)).not.toBe(account);
  expect(accounts.secretOf(account)).toBe('secret-of-ak-sim');
  expect(new Accounts(undefined, 'configured').secretOf(account)).toBe('configured');
  for (const principal of ['', 'bad-ak']) {
    expect(() => accounts.accountOf(principal, secret)).toThrow(expect.objectContaining({ kind: 'bad_credentials' }));
  }
});
