import type { AdapterCapabilities } from '@videoapi/provider-kit';

export const yishangCapabilities = {
  provider: 'yishang',
  modes: ['text-to-video', 'image-to-video', 'reference-to-video'],
  completion: 'poll',
  cancel: false,
  lookup: false,
  batchPoll: false,
  resultNeedsKey: false,
  resultTtlSeconds: null,
  usage: 'nothing',
  providerOptions: [],
  notes: [
    'No cancel, no list, no callback, no idempotency key: a lost answer can only be reported as unknown.',
    'Channel option `images`: `urls` (JSON, as its sample shows) or `files` (a form, as its table says).',
    'It renders 16:9 and 9:16 in one size each, 1280x720 and 720x1280; its own sample of a result is larger than that.',
    'Sound, seed, negative prompt and end user have no field: its models decide.',
    'A used-up quota is a 403; a 404 is a task that is not there or has expired.',
    'Its messages are Chinese.',
    'x-client-request-id carries our attempt id for its logs; nothing can be looked up by it.',
    'GUESS: a failure is `status: failed` with `error {message,type,code}` or with a message only; it is not documented.',
    'GUESS: codes that speak of moderation, content policy, sensitivity or safety mean content; none is documented.',
    'GUESS: `@Image1` becomes `image 1`.',
    'GUESS: a frame and references are the same to it: images, the frame first.',
  ],
} as const satisfies AdapterCapabilities;
