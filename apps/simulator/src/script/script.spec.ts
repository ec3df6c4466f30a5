import { everyTime } from './directives.js';
import { parseDirectives, parsePrompt } from './parse.js';
import { Rules } from './rules.js';
import { SubmitTurns, takeTurn } from './turns.js';

describe('parsePrompt', () => {
  it('leaves an ordinary prompt alone, brackets and all', () => {
    const prompt = 'a cat [[really]] in a [box]  with  gaps';
    expect(parsePrompt(prompt, 'ark')).toEqual({ script: {}, text: prompt });
  });

  it('takes directives out of the text and combines them', () => {
    expect(parsePrompt('[[sim:429=2]] a cat [[sim:slow=3000, malformed]] plays', 'ark')).toEqual({
      script: { '429': 2, slow: 3000, malformed: everyTime },
      text: 'a cat plays',
    });
  });

  it('applies a directive for one provider to that provider alone', () => {
    const prompt = 'a cat [[sim@openai:no-balance]] [[sim:slow=10]]';
    expect(parsePrompt(prompt, 'openai').script).toEqual({ 'no-balance': everyTime, slow: 10 });
    expect(parsePrompt(prompt, 'ark')).toEqual({ script: { slow: 10 }, text: 'a cat' });
  });

  it.each([
    ['[[sim:fial]]', 'unknown directive'],
    ['[[sim:constructor]]', 'unknown directive'],
    ['[[sim:fail=1]]', 'fail takes no number'],
    ['[[sim:slow]]', 'slow takes milliseconds'],
    ['[[sim:slow=-1]]', 'slow takes milliseconds'],
    ['[[sim:slow=99999999999]]', 'slow takes milliseconds'],
    ['[[sim:stall=100]]', 'stall takes percent'],
    ['[[sim:429=0]]', '429 takes count'],
    ['[[sim:duplicate-callback=21]]', 'duplicate-callback takes copies'],
    ['[[sim:429=1=2]]', 'unknown directive'],
    ['[[sim:fail', 'not closed'],
  ])('says what is wrong with %s', (prompt, problem) => {
    expect(parsePrompt(prompt, 'ark').problem).toContain(problem);
  });

  it('reads the lists of the control API and of the environment by the same grammar', () => {
    expect(parseDirectives('429=2 stall=99')).toEqual({ script: { '429': 2, stall: 99 } });
    expect(parseDirectives('')).toEqual({ script: {} });
  });
});

describe('turns', () => {
  it('fire as often as the number says', () => {
    const turns = new Map();
    const fired = [1, 2, 3].map(() => takeTurn(turns, { '429': 2 }, '429'));
    expect(fired).toEqual([true, true, false]);
    expect(takeTurn(turns, { '429': 2 }, '5xx')).toBe(false);
  });

  it('fire every time without a number', () => {
    const turns = new Map();
    expect([1, 2, 3].every(() => takeTurn(turns, { gone: everyTime }, 'gone'))).toBe(true);
  });

  it('belong to an API key and a prompt, and start again after an acceptance', () => {
    const submits = new SubmitTurns();
    expect(takeTurn(submits.of('a', 'cat'), { '429': 1 }, '429')).toBe(true);
    expect(takeTurn(submits.of('a', 'cat'), { '429': 1 }, '429')).toBe(false);
    expect(takeTurn(submits.of('b', 'cat'), { '429': 1 }, '429')).toBe(true);
    submits.end('a', 'cat');
    expect(takeTurn(submits.of('a', 'cat'), { '429': 1 }, '429')).toBe(true);
  });
});

describe('rules', () => {
  const submitted = { provider: 'ark', model: 'seedance', prompt: 'a red fox', clientReference: 'att_1' };

  it('apply when every given field agrees, later ones over earlier ones', () => {
    const rules = new Rules();
    rules.add({}, { slow: 1, fail: everyTime });
    rules.add({ provider: 'ark', promptIncludes: 'fox' }, { slow: 2 });
    rules.add({ provider: 'ark', clientReference: 'att_2' }, { slow: 3 });
    rules.add({ model: 'sora-2' }, { slow: 4 });
    expect(rules.apply(submitted)).toEqual({ slow: 2, fail: everyTime });
  });

  it('wear out', () => {
    const rules = new Rules();
    rules.add({ provider: 'ark' }, { fail: everyTime }, 1);
    expect(rules.apply({ ...submitted, provider: 'openai' })).toEqual({});
    expect(rules.apply(submitted)).toEqual({ fail: everyTime });
    expect(rules.apply(submitted)).toEqual({});
  });
});
