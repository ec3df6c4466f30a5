import { type TaskType } from '@videoapi/contracts';

/** What a provider's wire can do, as data: routing and validation read it without loading the adapter. */
export interface AdapterCapabilities {
  /** The folder's name, and what a channel in the catalogue names. */
  readonly provider: string;
  /** Which kinds of request the adapter can put into words. What one model takes is the catalogue's affair. */
  readonly modes: readonly TaskType[];
  /** `callback`: it calls back when something changes, so polls are only a safety net. */
  readonly completion: 'poll' | 'callback';
  /** False: it has no word for waiting, and what it accepted is running. */
  readonly queue?: false;
  /** Can a render be stopped after it was accepted? */
  readonly cancel: boolean;
  /** Can a render be found by a reference of ours, after a submit whose answer was lost? */
  readonly lookup: boolean;
  /** Can the handle of a render be made of the id that its callback names? Then a lost submit is found without look-up. */
  readonly adopt?: true;
  /** Can several renders be looked at in one call? */
  readonly batchPoll: boolean;
  /** The result can only be downloaded with the channel's key. */
  readonly resultNeedsKey: boolean;
  /** How long a result URL lives; null: for as long as anybody has seen. Seconds. */
  readonly resultTtlSeconds: number | null;
  /**
   * The provider's other origins by name, with their defaults; a channel overrides them in its `options.hosts`. What stands
   * in a reply is never one.
   */
  readonly hosts?: Readonly<Record<string, string>>;
  /** Are its callbacks signed? One that signs must show forged and replayed ones in its exchanges. */
  readonly callbackSigned?: boolean;
  /** What its answer says that a render has used. Lengths are never taken from it: the stored file is measured. */
  readonly usage: 'tokens' | 'cost' | 'nothing';
  /** Keys of `provider_options` that are passed through. None of them may change what a price depends on. */
  readonly providerOptions: readonly string[];
  /** What is guessed, limited or surprising, for docs/providers.md. */
  readonly notes: readonly string[];
}
