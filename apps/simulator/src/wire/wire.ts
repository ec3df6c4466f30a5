import { type CallbackMessage } from '../callback/message.js';
import { type Render } from '../engine/render.js';
import { type State } from '../engine/timeline.js';
import { type Refusal } from '../http/refusal.js';

/** What a provider's wire format says where the simulator itself has to speak: errors and callbacks. */
export interface Wire {
  /** First segment of all its paths. */
  readonly name: string;
  /** A refusal as this provider would put it; `path` for one whose APIs differ. */
  refuse(refusal: Refusal, requestId: string, path: string): WireReply;
  /** When it calls back. */
  readonly announces: 'every change' | 'the end' | 'nothing';
  /** What it sends then; undefined for news that nobody asked for. */
  callback?(news: News): CallbackMessage | undefined;
  /** What must be answered at the callback URL, as soon as a task is made, or no callback follows. */
  challenge?(url: string): Challenge;
}

export interface WireReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface Challenge {
  readonly message: CallbackMessage;
  readonly withinMs: number;
  isMet(answer: string): boolean;
}

export interface News {
  readonly render: Render;
  readonly state: State;
  readonly url: string;
  /** What a signing provider signs with. */
  readonly secret: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** One look at a render, with what the script makes of it. */
export interface Sighting {
  readonly render: Render;
  readonly state: State;
  /** Show a status that no document names. */
  readonly oddStatus: boolean;
}

export const oddStatus = 'simmering';

/** Where the result can be fetched. */
export function fileUrl({ id, order }: Render, extension = 'mp4'): string {
  return `${order.origin}/files/${id}.${extension}`;
}
