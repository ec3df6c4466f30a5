import { LRUCache } from 'lru-cache';

export interface FreshCacheOptions<Value extends object> {
  readonly max: number;
  readonly load: (key: string) => Promise<Value>;
  /** How long a value may be used, in milliseconds. */
  readonly ttlMs: (value: Value) => number;
}

/**
 * Values that are asked for far more often than they change. One load at a time per key; `forget` also disowns a load
 * that is under way, whose answer may be older than the change: those who wait for it get it, nobody after them.
 */
export class FreshCache<Value extends object> {
  private readonly known: LRUCache<string, Value>;
  private loading = new Map<string, Promise<Value>>();

  constructor(private readonly options: FreshCacheOptions<Value>) {
    this.known = new LRUCache({ max: options.max, ttl: 1, ttlResolution: 100 });
  }

  /** At once when it is known. Throws what `load` throws; a failure is not remembered. */
  get(key: string): Value | Promise<Value> {
    return this.known.get(key) ?? this.loading.get(key) ?? this.load(key);
  }

  forget(key: string): void {
    this.known.delete(key);
    this.loading.delete(key);
  }

  /** Of a load under way nobody knows yet what it will find, so all of them are disowned. */
  forgetWhere(isStale: (value: Value) => boolean): void {
    for (const [key, value] of this.known.entries()) if (isStale(value)) this.known.delete(key);
    this.loading = new Map();
  }

  private load(key: string): Promise<Value> {
    const loading = this.options.load(key).then(
      (value) => {
        if (this.disown(key, loading)) this.known.set(key, value, { ttl: this.options.ttlMs(value) });
        return value;
      },
      (error: unknown) => {
        this.disown(key, loading);
        throw error;
      },
    );
    this.loading.set(key, loading);
    return loading;
  }

  /** True when this load was still the one that counts. */
  private disown(key: string, loading: Promise<Value>): boolean {
    return this.loading.get(key) === loading && this.loading.delete(key);
  }
}
