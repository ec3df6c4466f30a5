import { type Adapter } from '@videoapi/provider-kit';
import { z } from 'zod';
import { lumaAdapter } from '../luma-generations.js';
import { dreamMachineCapabilities } from './capabilities.js';
import { bodyOf } from './request.js';

/** Luma's Dream Machine API, for Ray 2. */
export const dreamMachine: Adapter = {
  ...lumaAdapter({
    capabilities: dreamMachineCapabilities,
    createPath: '/generations/video',
    bodyOf,
    runningState: 'dreaming',
    videoOf: (body) => completed.safeParse(body).data?.assets.video,
    meanings: new Map([['content_moderated', 'content_rejected']]),
  }),

  adopt: (id) => ({ id }),
};

const completed = z.object({ assets: z.object({ video: z.string() }) });
