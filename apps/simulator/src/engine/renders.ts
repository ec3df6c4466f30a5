import { LRUCache } from 'lru-cache';
import { type Render } from './render.js';

/** Accepted renders by id, by account and by client reference. Bounded by memory: the longest unused leave first. */
export class Renders {
  private readonly byId: LRUCache<string, Render>;
  private readonly inOrder = new Map<string, Render>();
  private readonly byAccount = new Map<string, Map<string, Render>>();
  private readonly byReference = new Map<string, Render[]>();

  constructor(maxBytes: number) {
    this.byId = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: (render) => 1_500 + 4 * render.order.prompt.length,
      dispose: (render) => this.unlist(render),
    });
  }

  add(render: Render): void {
    this.byId.set(render.id, render);
    this.inOrder.set(render.id, render);
    const account = accountKey(render.order.provider, render.order.account);
    const siblings = this.byAccount.get(account);
    if (siblings === undefined) this.byAccount.set(account, new Map([[render.id, render]]));
    else siblings.set(render.id, render);
    const reference = referenceKey(render);
    if (reference !== undefined) this.byReference.set(reference, [...(this.byReference.get(reference) ?? []), render]);
  }

  get(id: string): Render | undefined {
    return this.byId.get(id);
  }

  /** What one key of a provider has submitted, oldest first. */
  ofAccount(provider: string, account: string): Render[] {
    return [...(this.byAccount.get(accountKey(provider, account))?.values() ?? [])];
  }

  ofReference(provider: string, account: string, clientReference: string): readonly Render[] {
    return this.byReference.get(`${accountKey(provider, account)} ${clientReference}`) ?? [];
  }

  get size(): number {
    return this.inOrder.size;
  }

  /** How many client references of one account have more than one render: each is a submit made twice. */
  get repeatedReferences(): number {
    return [...this.byReference.values()].filter((renders) => renders.length > 1).length;
  }

  /** Oldest first. */
  all(): Render[] {
    return [...this.inOrder.values()];
  }

  clear(): void {
    this.byId.clear();
  }

  private unlist(render: Render): void {
    this.inOrder.delete(render.id);
    const account = accountKey(render.order.provider, render.order.account);
    const siblings = this.byAccount.get(account);
    siblings?.delete(render.id);
    if (siblings?.size === 0) this.byAccount.delete(account);
    const reference = referenceKey(render);
    if (reference === undefined) return;
    const left = this.byReference.get(reference)?.filter((other) => other !== render) ?? [];
    if (left.length === 0) this.byReference.delete(reference);
    else this.byReference.set(reference, left);
  }
}

function accountKey(provider: string, account: string): string {
  return `${provider} ${account}`;
}

function referenceKey({ order: { provider, account, clientReference } }: Render): string | undefined {
  return clientReference === undefined ? undefined : `${accountKey(provider, account)} ${clientReference}`;
}
