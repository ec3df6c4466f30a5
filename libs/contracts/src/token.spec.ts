import { readCallbackToken, signCallbackToken } from './callback-token.js';
import { signInternal, verifyInternal } from './internal-token.js';

const attemptId = '0198a1c2-6b7e-7c3d-9a10-4f5e6d7c8b9a';

describe('callback token', () => {
  it('names its attempt and nothing else can be made from it', () => {
    const token = signCallbackToken('key', attemptId);

    expect(token).toHaveLength(43);
    expect(readCallbackToken('key', token)).toBe(attemptId);
    expect(readCallbackToken('other key', token)).toBeUndefined();
    expect(readCallbackToken('key', `${token.slice(0, 5)}A${token.slice(6)}`)).toBeUndefined();
  });

  it.each(['', 'x', '../../etc/passwd', 'A'.repeat(43), 'A'.repeat(44)])('refuses %j', (token) => {
    expect(readCallbackToken('key', token)).toBeUndefined();
  });
});

describe('internal token', () => {
  it('holds for its account and a minute', () => {
    const token = signInternal('key', 'acc_1', 1000);

    expect(verifyInternal('key', token, 'acc_1', 1060)).toBe(true);
    expect(verifyInternal('key', token, 'acc_1', 1061)).toBe(false);
    expect(verifyInternal('key', token, 'acc_2', 1000)).toBe(false);
    expect(verifyInternal('other', token, 'acc_1', 1000)).toBe(false);
    expect(verifyInternal('key', 'nonsense', 'acc_1', 1000)).toBe(false);
  });
});
