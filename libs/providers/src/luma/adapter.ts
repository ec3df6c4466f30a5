import { type Adapter } from '@videoapi/provider-kit';
import { z } from 'zod';
import { lumaAdapter } from '../luma-generations.js';
import { lumaCapabilities } from './capabilities.js';
import { bodyOf } from './request.js';

/** Luma's Agents API, for Ray 3.2. */
export const luma: Adapter = lumaAdapter({
  capabilities: lumaCapabilities,
  createPath: '/generations',
  bodyOf,
  runningState: 'processing',
  videoOf: (body) => completed.safeParse(body).data?.output.find(({ type }) => type === 'video')?.url,
  meanings: new Map([
    ['content_moderated', 'content_rejected'],
    ['budget_exhausted', 'channel_balance'],
  ]),
});

const completed = z.object({ output: z.array(z.object({ type: z.string().catch('video'), url: z.string() })) });
