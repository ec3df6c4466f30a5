import { assetBudget } from './asset-budget.js';

it('each budget leaves a second or more for what comes after the one inside it', () => {
  const { probeMs, probesMs, resolveMs, createMs } = assetBudget;
  expect(probesMs - probeMs).toBeGreaterThanOrEqual(1_000);
  expect(resolveMs - probesMs).toBeGreaterThanOrEqual(1_000);
  // A hold may take four seconds.
  expect(createMs - resolveMs).toBeGreaterThanOrEqual(5_000);
});
