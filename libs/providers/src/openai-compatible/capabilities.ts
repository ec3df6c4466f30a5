import type { AdapterCapabilities } from '@videoapi/provider-kit';

export const openaiCompatibleCapabilities = {
  provider: 'openai-compatible',
  modes: ['text-to-video', 'image-to-video', 'reference-to-video'],
  completion: 'poll',
  cancel: false,
  lookup: false,
  batchPoll: false,
  resultNeedsKey: true,
  resultTtlSeconds: 3600,
  usage: 'nothing',
  providerOptions: ['fps'],
  notes: [
    'OpenAI closed its own Videos API on 2026-09-24; the wire lives on with resellers and self-hosted servers.',
    'Channel options: `profile` (openai or reseller) and any of its fields, see profile.ts.',
    'Option `fps`: only where the profile lists it among its `extras`, as resellers do.',
    'Some put a public URL into the reply, others only serve /content with the key: both are read.',
    'No client reference: x-client-request-id is sent for the reseller’s logs, but nothing can be looked up by it.',
    'GUESS: `@Image1` becomes `image 1`.',
  ],
} as const satisfies AdapterCapabilities;
