import { fileURLToPath } from 'node:url';

/** The repository: the same three levels up from `src` and from `dist`. */
export const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
