import { LRUCache } from 'lru-cache';
import { type Directive, type Script } from './directives.js';

/** How often each counted directive of one conversation has fired. */
export type Turns = Map<Directive, number>;

/** Whether the directive fires this time; a directive without a number always does. */
export function takeTurn(turns: Turns, script: Script, name: Directive): boolean {
  const limit = script[name];
  if (limit === undefined) return false;
  const taken = turns.get(name) ?? 0;
  if (taken >= limit) return false;
  turns.set(name, taken + 1);
  return true;
}

/**
 * Turns of submits that have not gone through cleanly yet, per API key and prompt. The caller's reference is left out on
 * purpose: a retry is a new attempt with a new reference, and must get past the faults all the same. A submit that is
 * accepted and answered ends the conversation, so that the same prompt sent later meets the same faults again.
 */
export class SubmitTurns {
  private readonly open = new LRUCache<string, Turns>({ max: 10_000 });

  of(account: string, prompt: string): Turns {
    const key = `${account}\n${prompt}`;
    const known = this.open.get(key);
    if (known !== undefined) return known;
    const turns: Turns = new Map();
    this.open.set(key, turns);
    return turns;
  }

  end(account: string, prompt: string): void {
    this.open.delete(`${account}\n${prompt}`);
  }

  clear(): void {
    this.open.clear();
  }
}
