import { resultKey, stagingKey, thumbnailKey, uploadKey } from './keys.js';

describe('object keys', () => {
  it('are made of ids and months', () => {
    expect(uploadKey('acc_1', 'med_1', 'png', new Date('2026-02-28T23:59:59Z'))).toBe(
      'uploads/acc_1/2026/02/med_1.png',
    );
    const order = { accountId: 'acc_1', taskId: 'vidgen_1783003830450_081f0558', attemptId: 'a-1' };
    expect(resultKey(order, 3, 'mp4')).toBe('results/acc_1/2026/07/a-1-3.mp4');
    expect(stagingKey('a-1', 0)).toBe('staging/a-1-0');
    expect(thumbnailKey('abcd')).toBe('thumbnails/ab/abcd.webp');
  });
});
