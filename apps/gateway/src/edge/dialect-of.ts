import { aistudios, type Dialect, native, openai, yishang } from '@videoapi/dialects';
import { type FastifyRequest } from 'fastify';

/** `/v1/videos` is claimed by two documents: a key says which of them it speaks. */
const videoDialects = { openai, yishang } as const satisfies Record<string, Dialect>;

/**
 * In whose words a request is answered: decided by the path, and on `/v1/videos` by the key. An error may come before the
 * key is known; that path's default is spoken then.
 */
export function dialectOf({ url, edge }: Pick<FastifyRequest, 'url' | 'edge'>): Dialect {
  if (isVideoPath(url)) return videoDialects[edge.keyDialect ?? 'openai'];
  return isProjectPath(url) ? aistudios : native;
}

/** Every dialect that a path may answer in. */
export function dialectsOf(url: string): readonly Dialect[] {
  if (isVideoPath(url)) return Object.values(videoDialects);
  return [isProjectPath(url) ? aistudios : native];
}

/** `/v1/videos` and everything below it. */
export function isVideoPath(url: string): boolean {
  return /^\/v1\/videos(?:[/?]|$)/.test(url);
}

/** Where clients of AI Studios call. */
export function isProjectPath(url: string): boolean {
  return /^\/api\/odin(?:[/?]|$)/.test(url);
}
