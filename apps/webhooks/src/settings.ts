import { type CallbackVerifiers } from './callback/verifier.js';

/** What the parts of this service need to know of its configuration. */
export class Settings {
  readonly publicUrl: string;
  readonly callbackTokenKey: string;
  readonly callbackSecrets: Readonly<Record<string, readonly string[]>>;
  readonly verifiers: CallbackVerifiers;
  /** Deliveries in flight at once in this process, by how quickly the receiver answers. */
  readonly slots: { readonly fast: number; readonly slow: number };
  /** Of the attempts after the first: how long after the one before. Milliseconds. */
  readonly ladderMs: readonly number[];

  constructor(settings: Settings) {
    this.publicUrl = settings.publicUrl;
    this.callbackTokenKey = settings.callbackTokenKey;
    this.callbackSecrets = settings.callbackSecrets;
    this.verifiers = settings.verifiers;
    this.slots = settings.slots;
    this.ladderMs = settings.ladderMs;
  }
}
