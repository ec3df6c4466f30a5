import { type Film, film } from '../render/film.js';
import { type FilmFile } from '../render/films.js';
import { type Script } from '../script/directives.js';
import { type Clock } from './clock.js';
import { type Journal, type Remembered } from './journal.js';
import { type Order, type Render } from './render.js';
import { type Renders } from './renders.js';
import { isTerminal, planRender, released, stateAt, type Plan, type State } from './timeline.js';
import { parsePrompt } from '../script/parse.js';

/** What the engine needs of the renderer. */
export interface Studio {
  takes(one: Film): boolean;
  ready(one: Film): FilmFile | undefined;
  make(one: Film): Promise<FilmFile>;
}

/** Told about every change of phase of a render that has a callback URL. */
export type Announce = (render: Render, state: State) => void;

/** Render jobs: accepts them, knows where each stands, has their films made in time. */
export class Engine {
  announce: Announce = () => undefined;
  /** Told why a film could not be made. */
  broken: (render: Render, error: unknown) => void = () => undefined;

  constructor(
    private readonly clock: Clock,
    private readonly renders: Renders,
    private readonly studio: Studio,
    private readonly journal?: Journal,
  ) {}

  /** Whether a submit with this script could be rendered now. */
  takes(wanted: Film, script: Script): boolean {
    return !needsFilm(script, planRender(script, 0)) || this.studio.takes(wanted);
  }

  accept(id: string, order: Order, script: Script, wanted = filmOf(order)): Render {
    const render = this.begin(id, order, script, this.clock.now());
    this.journal?.accepted(render);
    this.film(render, wanted);
    this.schedule(render);
    return render;
  }

  /** Takes over from an earlier process, and announces what has ended since. */
  resume(remembered: readonly Remembered[]): void {
    const now = this.clock.now();
    for (const { id, order, script, at, releasedAt, cancelledAt, removed, told } of remembered) {
      const render = this.begin(id, order, script, at);
      if (releasedAt !== undefined) render.plan = released(render.plan, releasedAt);
      if (cancelledAt !== undefined) render.cancelledAt = cancelledAt;
      if (removed === true) render.removed = true;
      if (now >= render.plan.endsAt && needsFilm(script, render.plan)) render.filmedAt = render.plan.endsAt;
      const { phase } = this.stateOf(render);
      if (told === true) render.announced = phase;
      // The earlier process has told of the start.
      else if (now >= render.plan.startsAt) render.announced = 'running';
      if (isTerminal(phase) || removed === true) continue;
      this.film(render, filmOf(order));
      this.schedule(render);
    }
    for (const render of this.renders.all()) if (render.removed === undefined) this.look(render);
  }

  stateOf(render: Render): State {
    return stateAt(render.plan, render, this.clock.now());
  }

  /** Ends a render that waits for it, as its script says that it ends. False: it does not wait. */
  release(render: Render): boolean {
    const now = this.clock.now();
    const plan = released(render.plan, now);
    if (plan === render.plan) return false;
    render.plan = plan;
    this.journal?.released(render.id, now);
    if (render.order.callbackUrl !== undefined) this.lookAt(render, plan.endsAt);
    return true;
  }

  cancel(render: Render): void {
    render.cancelledAt = this.clock.now();
    this.journal?.cancelled(render.id, render.cancelledAt);
    this.look(render);
  }

  /** Takes the record away from its caller. */
  remove(render: Render): void {
    this.journal?.removed(render.id);
    unschedule(render);
    render.removed = true;
  }

  /** Forgets every render. */
  clear(): void {
    for (const render of this.renders.all()) this.remove(render);
    this.renders.clear();
  }

  /** Calls off every timer. */
  stop(): void {
    for (const render of this.renders.all()) unschedule(render);
  }

  private begin(id: string, order: Order, script: Script, createdAt: number): Render {
    const render: Render = {
      id,
      order,
      script,
      plan: planRender(script, createdAt, order.expiresAfterMs),
      announced: 'queued',
      timers: [],
      turns: new Map(),
      counts: { polls: 0, downloads: 0, callbacksSent: 0, callbacksAcknowledged: 0 },
    };
    this.renders.add(render);
    return render;
  }

  private film(render: Render, wanted: Film): void {
    if (!needsFilm(render.script, render.plan)) {
      render.filmedAt = render.plan.createdAt;
      return;
    }
    const ready = this.studio.ready(wanted);
    if (ready !== undefined) return this.filmed(render, ready);
    this.studio.make(wanted).then(
      (file) => this.filmed(render, file),
      (error: unknown) => {
        render.brokenAt = this.clock.now();
        this.broken(render, error);
        this.look(render);
      },
    );
  }

  private filmed(render: Render, file: FilmFile): void {
    render.file = file;
    render.filmedAt ??= this.clock.now();
    this.look(render);
  }

  /** Only a render that somebody is to be told about needs timers; all others are computed when asked for. */
  private schedule(render: Render): void {
    if (render.order.callbackUrl === undefined) return;
    const { startsAt, endsAt, ending, expiresAt } = render.plan;
    const moments =
      ending === 'never' ? [startsAt, ...(expiresAt === undefined ? [] : [expiresAt])] : [startsAt, endsAt];
    // Also what is past by now: a millisecond after the accept its start is, and nobody else would tell of it.
    for (const moment of moments.filter(Number.isFinite)) this.lookAt(render, moment);
  }

  private lookAt(render: Render, moment: number): void {
    const timer = this.clock.after(moment - this.clock.now(), () => {
      // A timer of Node may fire a millisecond early by the wall clock; the change would then be missed for good.
      if (this.clock.now() < moment) this.lookAt(render, moment);
      else this.look(render);
    });
    render.timers.push(timer);
  }

  private look(render: Render): void {
    if (render.order.callbackUrl === undefined) return;
    const state = this.stateOf(render);
    if (state.phase === render.announced) return;
    this.tellOfStart(render, state);
    render.announced = state.phase;
    if (isTerminal(state.phase)) {
      unschedule(render);
      this.journal?.told(render.id);
    }
    this.announce(render, state);
  }

  /** A process that stood still notices the start only when all is over: its caller hears of both all the same. */
  private tellOfStart(render: Render, { phase, since }: State): void {
    const { startsAt } = render.plan;
    if (render.announced !== 'queued' || phase === 'running' || since <= startsAt) return;
    this.announce(render, { phase: 'running', progress: 0, since: startsAt });
  }
}

/** The picture of an order: its prompt without the directives. */
export function filmOf(order: Order): Film {
  return film(order.size, order.durationMs, order.audio, parsePrompt(order.prompt, order.provider).text);
}

function unschedule(render: Render): void {
  for (const callOff of render.timers.splice(0)) callOff();
}

function needsFilm(script: Script, plan: Plan): boolean {
  return plan.ending === 'succeeded' && script['bad-video'] === undefined;
}
