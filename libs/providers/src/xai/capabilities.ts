import type { AdapterCapabilities } from '@videoapi/provider-kit';

export const xaiCapabilities = {
  provider: 'xai',
  modes: ['text-to-video', 'image-to-video', 'reference-to-video', 'video-edit'],
  completion: 'poll',
  cancel: false,
  lookup: false,
  batchPoll: false,
  resultNeedsKey: false,
  resultTtlSeconds: 86_400,
  usage: 'cost',
  providerOptions: [],
  notes: [
    'No cancel, no webhook, no list and no client reference: a submit whose answer was lost stays unknown.',
    'There is no last frame; one image is the first frame, and references exclude it.',
    'An edit keeps length, shape and size of its source (8.7 s at most): duration, ratio and resolution are not sent.',
    'A render that moderation stops is charged by xAI all the same; our customer is not.',
    'Extensions (`POST /videos/extensions`) fit none of our modes and are left out.',
    'GUESS: `@Image1` becomes `<IMAGE_1>`, as guides of the reference mode have it.',
    'GUESS: an account without credits answers 402; documents name no code for it.',
    'GUESS: result URLs live for a day; batches are said to have an hour.',
  ],
} as const satisfies AdapterCapabilities;
