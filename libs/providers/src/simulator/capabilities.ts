import { type AdapterCapabilities } from '@videoapi/provider-kit';

export const simulatorCapabilities = {
  provider: 'simulator',
  completion: 'callback',
  cancel: true,
  lookup: true,
  resultNeedsKey: false,
  resultTtlSeconds: null,
  providerOptions: [],
  notes: ['Our own sandbox upstream; renders little videos and fails on demand.'],
} as const satisfies AdapterCapabilities;
