import { type AdapterCapabilities } from '@videoapi/provider-kit';

export const seedanceCapabilities = {
  provider: 'seedance',
  completion: 'callback',
  cancel: true,
  lookup: false,
  resultNeedsKey: false,
  resultTtlSeconds: 86_400,
  providerOptions: ['service_tier', 'priority', 'return_last_frame'],
  notes: [
    'DELETE cancels only while the task is queued; a running one answers 409.',
    'No client reference and no idempotency key: after a lost answer the render cannot be found for certain.',
    'Callbacks are unsigned and repeat the GET body.',
  ],
} as const satisfies AdapterCapabilities;
