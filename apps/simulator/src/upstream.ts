import { type Callbacks } from './callback/callbacks.js';
import { type Counters } from './control/counters.js';
import { pause, type Clock } from './engine/clock.js';
import { type Engine, filmOf } from './engine/engine.js';
import { type Order, type Render } from './engine/render.js';
import { type Renders } from './engine/renders.js';
import { isTerminal } from './engine/timeline.js';
import { BrokenReply, Refusal, type RefusalKind } from './http/refusal.js';
import { type Directive, type Script } from './script/directives.js';
import { parsePrompt } from './script/parse.js';
import { type Rules } from './script/rules.js';
import { SubmitTurns, takeTurn, type Turns } from './script/turns.js';
import { type Sighting } from './wire/wire.js';

/** Scripted refusals in the order in which a provider would notice them. */
const refusals = [
  ['bad-credentials', 'bad_credentials', 'The API key is not valid.'],
  ['429', 'rate_limited', 'Too many requests. Try again later.'],
  ['no-balance', 'no_balance', 'The account has no balance left.'],
  ['5xx', 'server_error', 'Something went wrong.'],
  ['invalid', 'invalid', 'A parameter is not valid.'],
  ['moderate-prompt', 'moderated', 'The prompt was rejected by moderation.'],
] as const satisfies readonly (readonly [Directive, RefusalKind, string])[];

/** The provider behind every wire format: submits, looks and cancels, as the script of each render has them go. */
export class Upstream {
  private readonly submitTurns = new SubmitTurns();

  constructor(
    private readonly clock: Clock,
    private readonly engine: Engine,
    private readonly renders: Renders,
    private readonly callbacks: Callbacks,
    private readonly scripting: { readonly defaults: Script; readonly rules: Rules; readonly counters: Counters },
  ) {}

  /** The accepted render, as it stands when the submit is answered. Throws Refusal and BrokenReply. */
  async submit(id: string, order: Order): Promise<Sighting> {
    const script = this.scriptOf(order);
    const turns = this.submitTurns.of(order.account, order.prompt);
    await pause(this.clock, script['submit-delay']);
    this.refuseAsScripted(script, turns, order.provider);
    const film = filmOf(order);
    if (!this.engine.takes(film, script)) throw new Refusal('overloaded', 'Too many renders are queued.');
    const render = this.engine.accept(id, order, script, film);
    this.callbacks.greet(render);
    this.scripting.counters.add(order.provider, 'accepted');
    if (script['early-callback'] !== undefined) await this.callbacks.lastSent(render);
    await pause(this.clock, script['answer-delay']);
    this.breakReply(script, turns, 'accept-then-');
    this.submitTurns.end(order.account, order.prompt);
    return this.sight(render);
  }

  /** One poll. Throws Refusal `not_found`, and what the script says. */
  async look(provider: string, account: string, id: string): Promise<Sighting> {
    const render = this.find(provider, account, id);
    const { script, turns } = render;
    render.counts.polls += 1;
    this.scripting.counters.add(provider, 'polled');
    await pause(this.clock, script['poll-delay']);
    if (takeTurn(turns, script, 'poll-429')) throw new Refusal('rate_limited', 'Too many requests. Try again later.');
    if (takeTurn(turns, script, 'poll-5xx')) throw new Refusal('server_error', 'Something went wrong.');
    if (takeTurn(turns, script, 'poll-timeout')) throw new BrokenReply('never');
    if (takeTurn(turns, script, 'malformed')) throw new BrokenReply('garbage');
    if (takeTurn(turns, script, 'gone')) throw notFound(id);
    return { ...this.sight(render), oddStatus: takeTurn(turns, script, 'unknown-status') };
  }

  /** Polls of several at once: unknown ids are left out, one broken answer breaks the whole. */
  async lookAtAll(provider: string, account: string, ids: readonly string[]): Promise<Sighting[]> {
    const seen: Sighting[] = [];
    for (const id of ids) {
      try {
        seen.push(await this.look(provider, account, id));
      } catch (error) {
        if (!(error instanceof Refusal && error.kind === 'not_found')) throw error;
      }
    }
    return seen;
  }

  /** What this key has submitted, newest first; no script touches a list. */
  list(provider: string, account: string): Sighting[] {
    this.scripting.counters.add(provider, 'listed');
    return this.sightAll(this.renders.ofAccount(provider, account));
  }

  /** What this key has submitted under a client reference of its own, newest first. */
  withReference(provider: string, account: string, clientReference: string): Sighting[] {
    this.scripting.counters.add(provider, 'listed');
    return this.sightAll(this.renders.ofReference(provider, account, clientReference));
  }

  /** Like a look, without script. Throws Refusal `not_found`. */
  get(provider: string, account: string, id: string): Sighting {
    return this.sight(this.find(provider, account, id));
  }

  /** Cancels what has not ended. Throws Refusal `conflict` for what has. */
  cancel({ render, state }: Sighting): Sighting {
    if (isTerminal(state.phase)) throw new Refusal('conflict', `${render.id} has already ended.`);
    this.scripting.counters.add(render.order.provider, 'cancelled');
    this.engine.cancel(render);
    return this.sight(render);
  }

  remove({ render }: Sighting): void {
    this.scripting.counters.add(render.order.provider, 'removed');
    this.engine.remove(render);
  }

  /** Forgets half-played scripts of submits. */
  reset(): void {
    this.submitTurns.clear();
  }

  private scriptOf(order: Order): Script {
    const prompt = parsePrompt(order.prompt, order.provider);
    if (prompt.problem !== undefined) throw new Refusal('invalid', prompt.problem, { param: 'prompt' });
    return { ...this.scripting.defaults, ...this.scripting.rules.apply(order), ...prompt.script };
  }

  private refuseAsScripted(script: Script, turns: Turns, provider: string): void {
    for (const [directive, kind, message] of refusals) {
      if (!takeTurn(turns, script, directive)) continue;
      this.scripting.counters.add(provider, `refused_${kind}`);
      throw new Refusal(kind, message);
    }
    this.breakReply(script, turns, '');
  }

  private breakReply(script: Script, turns: Turns, prefix: '' | 'accept-then-'): void {
    if (takeTurn(turns, script, `${prefix}timeout`)) throw new BrokenReply('never');
    if (takeTurn(turns, script, `${prefix}reset`)) throw new BrokenReply('reset');
    if (prefix === '') return;
    if (takeTurn(turns, script, 'accept-then-5xx')) throw new Refusal('server_error', 'Something went wrong.');
    if (takeTurn(turns, script, 'accept-then-malformed')) throw new BrokenReply('garbage');
  }

  private find(provider: string, account: string, id: string): Render {
    const render = this.renders.get(id);
    if (render?.order.provider !== provider || render.order.account !== account || render.removed) throw notFound(id);
    return render;
  }

  private sightAll(renders: readonly Render[]): Sighting[] {
    return renders
      .filter(({ removed }) => removed === undefined)
      .reverse()
      .map((render) => this.sight(render));
  }

  private sight(render: Render): Sighting {
    return { render, state: this.engine.stateOf(render), oddStatus: false };
  }
}

function notFound(id: string): Refusal {
  return new Refusal('not_found', `There is no video ${JSON.stringify(id.slice(0, 80))}.`);
}
