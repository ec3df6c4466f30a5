import { type AdapterCapabilities } from '@videoapi/provider-kit';

export const openaiCompatibleCapabilities = {
  provider: 'openai-compatible',
  completion: 'poll',
  cancel: false,
  lookup: false,
  resultNeedsKey: true,
  resultTtlSeconds: 3600,
  providerOptions: [],
  notes: [
    'OpenAI closed its own Videos API on 2026-09-24; the wire lives on with resellers and self-hosted servers.',
    'Some put a public URL into the reply, others only serve /content with the key: both are read.',
  ],
} as const satisfies AdapterCapabilities;
