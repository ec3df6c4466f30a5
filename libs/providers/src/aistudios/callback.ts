import type { CallbackVerifier } from '@videoapi/provider-kit';
import { z } from 'zod';
import { jsonOf } from '../json.js';

const news = z.object({ progress: z.coerce.number() });

/** Nothing is signed, and no project is named: `backendTaskId` is another id. Only the address says whose render it is. */
export const aistudiosCallback: CallbackVerifier = {
  verify: () => 'hint',

  /** JSON, or, as the version before did it, arguments of a GET. */
  parse({ body, query }) {
    const told =
      news.safeParse(jsonOf(body)).data ?? news.safeParse(Object.fromEntries(new URLSearchParams(query))).data;
    return told === undefined ? {} : { status: `${told.progress}%` };
  },
};
