import type { CallbackVerifier } from '@videoapi/provider-kit';
import { z } from 'zod';
import { jsonOf } from '../json.js';

/** Luma signs nothing: the body of GET, to an address that only it was told. */
export const dreamMachineCallback: CallbackVerifier = {
  verify: () => 'hint',

  parse({ body }) {
    const generation = generationSchema.safeParse(jsonOf(body)).data;
    return generation === undefined ? {} : { upstreamId: generation.id, status: generation.state };
  },
};

const generationSchema = z.object({ id: z.string(), state: z.string() });
