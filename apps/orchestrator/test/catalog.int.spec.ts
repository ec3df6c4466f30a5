import { applyCatalog, catalog as catalogSchema, type Catalog, type Observation } from '@videoapi/contracts';
import { inTransaction, sql } from '@videoapi/database';
import { eventually } from '@videoapi/testing';
import { CatalogSnapshots } from '../src/catalog/catalog-snapshots.js';
import { revisionOf, writeCatalog } from '../src/catalog/catalog.store.js';
import { defaultCatalog } from './catalog.js';
import { Script } from './neighbours.js';
import { RefusedError, startWorld, type World } from './world.js';

/** What an operator may rely on after `apply_catalog` has answered. The best of three: a machine may stand still in one. */
const everywhereWithinMs = 2_000;

let world: World;
let holders: CatalogSnapshots[];
beforeAll(async () => {
  world = await startWorld();
  await world.replica();
  holders = world.replicas.map(({ app }) => app.get(CatalogSnapshots));
});
afterAll(() => world.stop());
beforeEach(async () => {
  Object.assign(world.script, new Script(), { holds: world.script.holds });
  await apply(catalogSchema.parse(defaultCatalog));
});

function apply(catalog: Catalog) {
  return world.rpc.call(applyCatalog, { catalog }, { timeoutMs: 20_000 });
}

function renamed(name: string): Catalog {
  const { models, ...rest } = catalogSchema.parse(defaultCatalog);
  return { ...rest, models: models.map((model) => ({ ...model, name })) };
}

/** @returns how long it took until every replica has it, in milliseconds. */
async function everywhere(revision: string, since: number): Promise<number> {
  await eventually(() => expect(holders.map(({ latest }) => latest?.revision)).toEqual(holders.map(() => revision)), {
    intervalMs: 5,
  });
  return performance.now() - since;
}

function create(model: string) {
  const plain = world.submission();
  return world.create({ ...plain, request: { ...plain.request, model } });
}

describe('a new revision', () => {
  it('is in force in every replica within two seconds of its answer', async () => {
    const took: number[] = [];
    for (const name of ['One', 'Two', 'Three']) {
      const { revision } = await apply(renamed(name));
      took.push(await everywhere(revision, performance.now()));
    }
    expect(Math.min(...took)).toBeLessThan(everywhereWithinMs);
  });

  it('is found without the event that tells of it', async () => {
    const took: number[] = [];
    for (const name of ['Untold', 'Nor this', 'Nor that']) {
      const catalog = renamed(name);
      await inTransaction(world.source, (tx) => writeCatalog(tx, catalog));
      took.push(await everywhere(revisionOf(catalog), performance.now()));
    }
    expect(Math.min(...took)).toBeLessThan(everywhereWithinMs);
  });

  it('counts for whichever replica is asked', async () => {
    const catalog = catalogSchema.parse(defaultCatalog);
    const models = catalog.models.map((model) => ({ ...model, routes: model.id === 'quick' ? [] : model.routes }));
    const { revision } = await apply({ ...catalog, models });
    await everywhere(revision, performance.now());

    const answers = await Promise.all(
      Array.from({ length: 20 }, () => create('quick').catch((error: unknown) => error)),
    );
    expect(answers.map((answer) => (answer instanceof RefusedError ? answer.code : answer))).toEqual(
      answers.map(() => 'no_provider_configured'),
    );
  });

  it('that is applied twice, or at the same time as another, leaves one whole catalogue', async () => {
    const first = await apply(renamed('Same'));
    expect((await apply(renamed('Same'))).revision).toBe(first.revision);
    const answers = await Promise.all(Array.from({ length: 6 }, (_, n) => apply(renamed(`Racing ${n}`))));
    const [{ revision } = { revision: '' }] = await sql<{ revision: string }>(
      world.source,
      'SELECT revision FROM catalog_state',
    );
    expect(answers.map((answer) => answer.revision)).toContain(revision);
    await everywhere(revision, performance.now());
    const names = new Set(holders.flatMap((holder) => holder.current().models.map((model) => model.name)));
    expect(names.size).toBe(1);
  });
});

describe('a channel that leaves the catalogue', () => {
  it('takes nothing new, and what runs on it still ends', async () => {
    let answer: Observation = { state: 'running', progress: 10 };
    world.script.poll = () => answer;
    const { id } = await create('quick');
    await eventually(async () => {
      const [task] = await sql<{ state: string }>(world.source, 'SELECT state FROM task WHERE id = $1', [id]);
      expect(task?.state).toBe('running');
    });

    const { channels, models, ...rest } = catalogSchema.parse(defaultCatalog);
    const without: Catalog = {
      ...rest,
      channels: channels.filter((channel) => channel.id !== 'first'),
      models: models.map((model) => ({ ...model, routes: model.routes.filter((route) => route.channel !== 'first') })),
    };
    const { revision } = await apply(without);
    await everywhere(revision, performance.now());
    await expect(create('quick')).rejects.toMatchObject({ code: 'no_provider_configured' });
    expect(holders.map((holder) => holder.current().channel('first')?.id)).toEqual(holders.map(() => 'first'));

    answer = new Script().poll('', 1);
    expect(await world.ended(id)).toMatchObject({ status: 'completed', creditsCharged: '10' });
  });
});
