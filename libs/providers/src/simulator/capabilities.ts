import type { AdapterCapabilities } from '@videoapi/provider-kit';

export const simulatorCapabilities = {
  provider: 'simulator',
  modes: ['text-to-video', 'image-to-video', 'reference-to-video', 'video-edit'],
  completion: 'callback',
  callbackSigned: true,
  cancel: true,
  lookup: true,
  batchPoll: true,
  resultNeedsKey: false,
  resultTtlSeconds: null,
  usage: 'nothing',
  providerOptions: [],
  notes: ['Our own sandbox upstream; renders little videos and fails on demand. Negative prompts have no effect.'],
} as const satisfies AdapterCapabilities;
