import { type catalog } from '@videoapi/contracts';
import { type z } from 'zod';

const capabilities = {
  types: ['text-to-video' as const, 'image-to-video' as const],
  resolutions: ['240p', '720p'],
  durations: { min: 1, max: 60 },
  aspectRatios: ['16:9'],
  maxImages: 2,
  firstFrame: true,
};
const shared = {
  name: 'Quick',
  capabilities,
  defaults: { resolution: '240p', duration: 5, aspectRatio: '16:9' },
  price: { mode: 'per_call' as const, credits: 10 },
  p50Seconds: 0.5,
};

export const defaultCatalog: z.input<typeof catalog> = {
  sandboxChannel: 'sandbox',
  channels: [
    { id: 'sandbox', provider: 'simulator', baseUrl: 'http://127.0.0.1:1' },
    { id: 'first', provider: 'simulator', baseUrl: 'http://127.0.0.1:1' },
    { id: 'second', provider: 'simulator', lane: 'second', baseUrl: 'http://127.0.0.1:1' },
    { id: 'plain', provider: 'openai-compatible', baseUrl: 'http://127.0.0.1:1' },
    // No worker ever takes a job of this lane.
    { id: 'unserved', provider: 'simulator', lane: 'unserved', baseUrl: 'http://127.0.0.1:1' },
  ],
  models: [
    { ...shared, id: 'quick', routes: [{ channel: 'first', upstreamModel: 'up' }] },
    {
      ...shared,
      id: 'two-routes',
      routes: [
        { channel: 'first', upstreamModel: 'up', priority: 0, failoverAfterAcceptance: true },
        { channel: 'second', upstreamModel: 'up-2', priority: 1 },
      ],
    },
    {
      ...shared,
      id: 'hasty',
      deadlines: { queue: 60, submit: 5, generation: 5, total: 60 },
      routes: [{ channel: 'first', upstreamModel: 'up' }],
    },
    {
      ...shared,
      id: 'impatient',
      deadlines: { queue: 2, submit: 60, generation: 60, total: 60 },
      routes: [{ channel: 'first', upstreamModel: 'up' }],
    },
    // Nobody looks at it for half a minute.
    { ...shared, id: 'slow', p50Seconds: 60, routes: [{ channel: 'first', upstreamModel: 'up' }] },
    { ...shared, id: 'uncancellable', routes: [{ channel: 'plain', upstreamModel: 'up' }] },
    { ...shared, id: 'unrouted' },
    {
      ...shared,
      id: 'unserved',
      deadlines: { queue: 5, submit: 5, generation: 5, total: 60 },
      routes: [{ channel: 'unserved', upstreamModel: 'up' }],
    },
    {
      ...shared,
      id: 'unserved-first',
      deadlines: { queue: 60, submit: 1, generation: 60, total: 60 },
      routes: [
        { channel: 'unserved', upstreamModel: 'up', priority: 0 },
        { channel: 'second', upstreamModel: 'up-2', priority: 1 },
      ],
    },
    {
      ...shared,
      id: 'brief',
      deadlines: { queue: 60, submit: 60, generation: 60, total: 5 },
      routes: [{ channel: 'first', upstreamModel: 'up' }],
    },
  ],
};
