import { type FastifyReply } from 'fastify';

/** Replies that are scripted never to come. Bounded in time and number: a held socket must not outlive its test. */
export class HeldReplies {
  private readonly held = new Set<FastifyReply>();

  constructor(private readonly limits: { holdMs: number; maxHeld: number }) {}

  hold(reply: FastifyReply): void {
    reply.hijack();
    if (this.held.size >= this.limits.maxHeld) return void reply.raw.destroy();
    const timer = setTimeout(() => reply.raw.destroy(), this.limits.holdMs).unref();
    this.held.add(reply);
    reply.raw.once('close', () => {
      clearTimeout(timer);
      this.held.delete(reply);
    });
  }

  /** Cuts all of them, so that the server can close. */
  release(): void {
    for (const reply of this.held) reply.raw.destroy();
  }
}
