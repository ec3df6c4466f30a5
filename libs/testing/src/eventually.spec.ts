import { eventually } from './eventually.js';

const soon = { timeoutMs: 200, intervalMs: 1 };

describe('eventually', () => {
  it('asks again while the answer is false or an error, and gives the answer back', async () => {
    const answers = [false, new Error('not yet'), 'there'];
    const ask = (): unknown => {
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    };
    expect(await eventually(ask, soon)).toBe('there');
    expect(answers).toEqual([]);
  });

  it('takes undefined, zero and the empty string for answers', async () => {
    expect(await eventually(() => undefined, soon)).toBeUndefined();
    expect(await eventually(() => 0, soon)).toBe(0);
    expect(await eventually(() => '', soon)).toBe('');
  });

  it('says what did not hold and why', async () => {
    const failure = new Error('connection refused');
    const never = eventually(() => Promise.reject(failure), { ...soon, timeoutMs: 20, message: 'the server up' });
    await expect(never).rejects.toMatchObject({
      message: 'the server up did not hold within 20 ms: connection refused',
      cause: failure,
    });
  });
});
