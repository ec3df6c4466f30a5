import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Film } from '../render/film.js';
import { type FilmFile } from '../render/films.js';
import { everyTime, type Script } from '../script/directives.js';
import { Engine, type Studio } from './engine.js';
import { FakeClock } from './fake-clock.js';
import { Journal } from './journal.js';
import { type Order } from './render.js';
import { Renders } from './renders.js';
import { planRender, stateAt } from './timeline.js';

const file: FilmFile = { path: '/films/1.mp4', bytes: 10, sha256: 'ab' };
const cat: Order = {
  provider: 'ark',
  account: 'acc',
  clientReference: 'att_1',
  model: 'seedance',
  prompt: 'a cat',
  size: { width: 640, height: 360 },
  durationMs: 5000,
  audio: false,
  inputs: [],
  callbackUrl: 'http://127.0.0.1:1/cb',
  origin: 'http://127.0.0.1:2',
  echo: {},
};

describe('stateAt', () => {
  const script: Script = { queue: 100, slow: 1000 };
  const at = (now: number, extra: Script = {}, facts = {}, expiresAfterMs?: number) =>
    stateAt(planRender({ ...script, ...extra }, 0, expiresAfterMs), facts, now);

  it('queues, runs with growing progress and succeeds once there is a file', () => {
    expect(at(99)).toEqual({ phase: 'queued', progress: 0, since: 0 });
    expect(at(100)).toEqual({ phase: 'running', progress: 0, since: 100 });
    expect(at(600)).toEqual({ phase: 'running', progress: 49, since: 100 });
    expect(at(5000)).toEqual({ phase: 'running', progress: 99, since: 100 });
    expect(at(1099, {}, { filmedAt: 5 }).phase).toBe('running');
    expect(at(1100, {}, { filmedAt: 5 })).toEqual({ phase: 'succeeded', progress: 100, since: 1100 });
    expect(at(5000, {}, { filmedAt: 1300 })).toEqual({ phase: 'succeeded', progress: 100, since: 1300 });
  });

  it.each([
    ['fail', 'failed'],
    ['moderate', 'moderated'],
    ['expire', 'expired'],
  ] as const)('%s ends %s, with or without a file', (directive, phase) => {
    expect(at(1099, { [directive]: everyTime }, { filmedAt: 0 }).phase).toBe('running');
    expect(at(1100, { [directive]: everyTime }, { filmedAt: 0 })).toEqual({ phase, progress: 99, since: 1100 });
  });

  it('hangs without progress, stalls at the percentage, until the provider gives up', () => {
    expect(at(1e9, { hang: everyTime }, { filmedAt: 0 })).toEqual({ phase: 'running', progress: 0, since: 100 });
    expect(at(1e9, { stall: 42 }).progress).toBe(42);
    expect(at(200, { stall: 42 }).progress).toBe(9);
    expect(at(9000, { stall: 42 }, {}, 9000)).toEqual({ phase: 'expired', progress: 42, since: 9000 });
  });

  it('fails when the film could not be made, and stays cancelled once cancelled', () => {
    expect(at(2000, {}, { brokenAt: 1500 })).toEqual({ phase: 'failed', progress: 99, since: 1500 });
    expect(at(2000, {}, { filmedAt: 5, cancelledAt: 50 })).toEqual({ phase: 'cancelled', progress: 0, since: 50 });
  });
});

describe('Engine', () => {
  it('announces every change once, the success not before the file is there', async () => {
    const { engine, clock, announced, studio } = setUp();
    engine.accept('1', cat, { queue: 100, slow: 1000 });
    clock.advance(2000);
    expect(announced).toEqual(['1 running']);
    await studio.finish();
    expect(announced).toEqual(['1 running', '1 succeeded']);
    clock.advance(10_000);
    expect(announced).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });

  it('misses no change to a timer that fires early', () => {
    class EarlyClock extends FakeClock {
      override after(delayMs: number, run: () => void): () => void {
        return super.after(delayMs > 1 ? delayMs - 1 : delayMs, run);
      }
    }
    const { engine, clock, announced } = setUp(new EarlyClock());
    engine.accept('1', cat, { queue: 100, slow: 1000, fail: everyTime });
    clock.advance(5000);
    expect(announced).toEqual(['1 running', '1 failed']);
  });

  it('tells of a start that is past by the time it is planned for', () => {
    class PassingClock extends FakeClock {
      private asked = 0;
      override now(): number {
        this.asked += 1;
        return super.now() + this.asked;
      }
    }
    const { engine, clock, announced } = setUp(new PassingClock());
    engine.accept('1', cat, { slow: 1000, fail: everyTime });
    clock.advance(5000);
    expect(announced).toEqual(['1 running', '1 failed']);
  });

  it('tells of a start that a process which stood still notices only at the end', () => {
    class LateClock extends FakeClock {
      lateMs = 0;
      override now(): number {
        return super.now() + this.lateMs;
      }
    }
    const clock = new LateClock();
    const { engine, announced } = setUp(clock);
    engine.accept('1', cat, { queue: 100, slow: 1000, fail: everyTime });
    clock.lateMs = 5000;
    clock.advance(100);
    expect(announced).toEqual(['1 running', '1 failed']);
  });

  it('ends what waits for it when it is released, as its script says, once', async () => {
    const { engine, clock, announced, studio } = setUp();
    const [good, bad] = [{}, { fail: everyTime }].map((script, index) =>
      engine.accept(String(index), cat, { ...script, 'until-released': everyTime, queue: 100, slow: 1000 }),
    );
    const other = engine.accept('other', cat, { slow: 1_000_000 });
    if (good === undefined || bad === undefined) throw new Error('not accepted');
    clock.advance(90_000);
    await studio.finish();
    expect(engine.stateOf(good)).toEqual({ phase: 'running', progress: 0, since: good.plan.startsAt });
    expect([good, bad, other, good].map((render) => engine.release(render))).toEqual([true, true, false, false]);
    expect(engine.stateOf(good)).toEqual({ phase: 'succeeded', progress: 100, since: clock.now() });
    clock.advance(1);
    expect(announced.toSorted()).toEqual(['0 running', '0 succeeded', '1 failed', '1 running', 'other running']);
  });

  it('needs no timer without a callback URL', () => {
    const { engine, clock } = setUp();
    const { callbackUrl: _, ...quiet } = cat;
    engine.accept('1', quiet, { slow: 1000 });
    expect(clock.pending).toBe(0);
  });

  it('makes no film that nobody will see', () => {
    const { engine, studio } = setUp();
    for (const name of ['fail', 'hang', 'bad-video'] as const) engine.accept(name, cat, { [name]: everyTime });
    expect(studio.wanted).toEqual([]);
  });

  it('fails a render whose film cannot be made', async () => {
    const { engine, clock, announced, studio } = setUp();
    engine.accept('1', cat, {});
    await studio.fail();
    clock.advance(1);
    expect(announced).toEqual(['1 failed']);
  });

  it('announces a cancellation and nothing after it', async () => {
    const { engine, clock, announced, studio } = setUp();
    const render = engine.accept('1', cat, { slow: 1000 });
    clock.advance(500);
    engine.cancel(render);
    await studio.finish();
    clock.advance(5000);
    expect(announced).toEqual(['1 running', '1 cancelled']);
  });
});

describe('Renders', () => {
  it('finds by reference and by account, and forgets everywhere', () => {
    const { engine, renders } = setUp();
    engine.accept('1', cat, {});
    engine.accept('2', { ...cat, account: 'other' }, {});
    engine.accept('3', cat, {});
    expect(renders.ofReference('ark', 'acc', 'att_1').map(({ id }) => id)).toEqual(['1', '3']);
    expect(renders.ofAccount('ark', 'acc').map(({ id }) => id)).toEqual(['1', '3']);
    expect([renders.size, renders.repeatedReferences]).toEqual([3, 1]);
    renders.clear();
    expect(renders.ofReference('ark', 'acc', 'att_1')).toEqual([]);
    expect(renders.ofAccount('ark', 'other')).toEqual([]);
    expect([renders.size, renders.repeatedReferences]).toEqual([0, 0]);
  });

  it('keeps within its memory: the longest unused leave first', () => {
    const renders = new Renders(5_000);
    const { engine } = setUp(undefined, undefined, renders);
    engine.accept('1', cat, {});
    engine.accept('2', cat, {});
    engine.accept('3', cat, {});
    renders.get('1');
    engine.accept('4', cat, {});
    expect(renders.all().map(({ id }) => id)).toEqual(['1', '3', '4']);
    expect(renders.ofReference('ark', 'acc', 'att_1').map(({ id }) => id)).toEqual(['1', '3', '4']);
  });
});

describe('Journal', () => {
  it('brings accepted renders back, cancelled ones cancelled, removed ones removed, half a line or not', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'journal-'));
    try {
      const path = join(directory, 'state.jsonl');
      const clock = new FakeClock();
      const first = await Journal.open(path, clock.now(), 60_000);
      const before = setUp(clock, first.journal);
      before.engine.accept('1', cat, { slow: 1000, malformed: everyTime });
      before.engine.cancel(before.engine.accept('2', cat, { slow: 1000 }));
      before.engine.remove(before.engine.accept('3', cat, {}));
      before.engine.accept('4', cat, { fail: everyTime, slow: 300 });
      before.engine.accept('5', cat, { 'until-released': everyTime });
      before.engine.release(before.engine.accept('6', cat, { 'until-released': everyTime, fail: everyTime }));
      await first.journal.close();
      await writeFile(path, `${await readFile(path, 'utf8')}{"kind":"accep`);

      clock.advance(400);
      const { journal, remembered } = await Journal.open(path, clock.now(), 60_000);
      const after = setUp(clock, journal);
      after.engine.resume(remembered);
      const states = after.renders
        .all()
        .map((render) => [render.id, after.engine.stateOf(render).phase, render.removed]);
      expect(states).toEqual([
        ['1', 'running', undefined],
        ['2', 'cancelled', undefined],
        ['3', 'succeeded', true],
        ['4', 'failed', undefined],
        ['5', 'running', undefined],
        ['6', 'failed', undefined],
      ]);
      expect(after.announced).toEqual(['4 failed', '6 failed']);
      expect(after.renders.get('1')?.script).toEqual({ slow: 1000, malformed: everyTime });
      clock.advance(600);
      await after.studio.finish();
      expect(after.announced).toEqual(['4 failed', '6 failed', '1 succeeded']);
      await journal.close();
      expect((await Journal.open(path, clock.now() + 60_000, 60_000)).remembered).toEqual([]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

class FakeStudio implements Studio {
  readonly wanted: Film[] = [];
  private readonly settle: { finish: () => void; fail: () => void }[] = [];

  takes(): boolean {
    return true;
  }

  ready(): undefined {
    return undefined;
  }

  make(one: Film): Promise<FilmFile> {
    this.wanted.push(one);
    return new Promise((resolve, reject) => {
      this.settle.push({ finish: () => resolve(file), fail: () => reject(new Error('no film')) });
    });
  }

  async finish(): Promise<void> {
    for (const { finish } of this.settle) finish();
    await Promise.resolve();
  }

  async fail(): Promise<void> {
    for (const { fail } of this.settle) fail();
    await Promise.resolve();
  }
}

function setUp(clock = new FakeClock(), journal?: Journal, renders = new Renders(10_000_000)) {
  const studio = new FakeStudio();
  const engine = new Engine(clock, renders, studio, journal);
  const announced: string[] = [];
  engine.announce = (render, state) => announced.push(`${render.id} ${state.phase}`);
  return { clock, studio, renders, engine, announced };
}
