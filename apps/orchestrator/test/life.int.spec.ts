import { checkFolds } from '../src/read/check-folds.js';
import { startWorld, type World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(() => world.stop());
afterEach(async () => {
  const { mismatches } = await checkFolds(world.source);
  expect(mismatches).toEqual([]);
});

describe('the life of a task', () => {
  it('goes from submit to completed, stored and settled', async () => {
    const created = await world.create(world.submission());
    expect(created).toMatchObject({ status: 'pending', creditsReserved: '10', creditsCharged: null });

    const task = await world.ended(created.id);
    expect(task).toMatchObject({ status: 'completed', progress: 100, creditsCharged: '10', creditsRefunded: false });
    expect(task.outputs).toHaveLength(1);
    expect(world.script.holds.get(created.id)?.status).toBe('settled');
  }, 30_000);
});
