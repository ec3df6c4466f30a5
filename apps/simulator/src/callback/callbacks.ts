import { pause, type Clock } from '../engine/clock.js';
import { type Render } from '../engine/render.js';
import { isTerminal, type State } from '../engine/timeline.js';
import { type Counters } from '../control/counters.js';
import { type Accounts } from '../http/accounts.js';
import { type Wire } from '../wire/wire.js';
import { type CallbackClient } from './client.js';
import { type CallbackMessage, forgersSecret } from './message.js';

const tries = 3;
const maxPending = 20_000;
const maxWaitMs = 120_000;

/** Tells callers about changes, in order for each render, as well or as badly as its script says. */
export class Callbacks {
  private readonly queues = new WeakMap<Render, Promise<void>>();
  private readonly proofs = new WeakMap<Render, Promise<boolean>>();
  private readonly waiting = new WeakMap<Render, () => void>();
  private pending = 0;

  constructor(
    private readonly clock: Clock,
    private readonly client: Pick<CallbackClient, 'post' | 'ask'>,
    private readonly wires: Readonly<Record<string, Wire>>,
    private readonly accounts: Accounts,
    private readonly counters: Counters,
  ) {}

  /** Has the address of a new render prove itself, where this provider wants that; until it has, nothing is sent. */
  greet(render: Render): void {
    const { provider, callbackUrl: url } = render.order;
    const challenge = url === undefined ? undefined : this.wires[provider]?.challenge?.(url);
    if (challenge === undefined) return;
    const proof = this.client.ask(challenge.message, challenge.withinMs).then((answer) => {
      const isMet = answer !== undefined && challenge.isMet(answer);
      this.counters.add(provider, isMet ? 'challenge_met' : 'challenge_failed');
      return isMet;
    });
    this.proofs.set(render, proof);
  }

  /** Queues what this provider sends on the change. */
  announce(render: Render, state: State): void {
    if (this.pending >= maxPending) return this.counters.add(render.order.provider, 'callback_dropped');
    this.pending += 1;
    const before = this.queues.get(render) ?? Promise.resolve();
    const told = before
      .then(() => this.tell(render, state))
      .finally(() => {
        this.pending -= 1;
        if (isTerminal(state.phase)) this.waiting.get(render)?.();
      });
    this.queues.set(render, told);
  }

  /** Resolves once the render has ended and that was sent, or after two minutes; at once when nobody is to be told. */
  lastSent(render: Render): Promise<void> {
    if (render.order.callbackUrl === undefined || isTerminal(render.announced)) return Promise.resolve();
    const sent = new Promise<void>((resolve) => this.waiting.set(render, resolve));
    return Promise.race([sent, pause(this.clock, maxWaitMs)]);
  }

  private async tell(render: Render, state: State): Promise<void> {
    const { script } = render;
    if (!this.announces(render, state)) return;
    if ((await this.proofs.get(render)) === false) return this.counters.add(render.order.provider, 'callback_withheld');
    if (script['lost-callback'] !== undefined) return this.counters.add(render.order.provider, 'callback_lost');
    await pause(this.clock, script['late-callback']);
    if (script['forged-callback'] !== undefined && render.counts.callbacksSent === 0) {
      const claim = { phase: 'succeeded', progress: 100, since: state.since } as const;
      await this.send(render, this.message(render, claim, forgersSecret));
    }
    const message = this.message(render, state);
    for (let copy = 0; copy < (script['duplicate-callback'] ?? 1); copy += 1) await this.send(render, message);
    if (script['reordered-callback'] !== undefined && isTerminal(state.phase)) {
      await this.send(render, this.message(render, { phase: 'running', progress: 50, since: render.plan.startsAt }));
    }
  }

  private announces({ order }: Render, { phase }: State): boolean {
    const when = this.wires[order.provider]?.announces ?? 'nothing';
    return when === 'every change' || (when === 'the end' && isTerminal(phase));
  }

  /** The secret is known from the submit; after a restart it may not be, and then nothing can be sent. */
  private message(render: Render, state: State, secret = this.accounts.secretOf(render.order.account)) {
    const { provider, callbackUrl: url } = render.order;
    if (url === undefined || secret === undefined) return undefined;
    return this.wires[provider]?.callback?.({ render, state, url, secret, now: this.clock.now() });
  }

  private async send(render: Render, message: CallbackMessage | undefined): Promise<void> {
    if (message === undefined) return;
    for (let attempt = 1; attempt <= tries; attempt += 1) {
      render.counts.callbacksSent += 1;
      this.counters.add(render.order.provider, 'callback_sent');
      if (await this.client.post(message)) {
        render.counts.callbacksAcknowledged += 1;
        return this.counters.add(render.order.provider, 'callback_acknowledged');
      }
      if (attempt < tries) await pause(this.clock, 250 * 4 ** (attempt - 1));
    }
    this.counters.add(render.order.provider, 'callback_failed');
  }
}
