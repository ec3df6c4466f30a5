import type { AdapterCapabilities } from '@videoapi/provider-kit';

export const runwayCapabilities = {
  provider: 'runway',
  modes: ['text-to-video', 'image-to-video', 'video-edit'],
  completion: 'poll',
  cancel: true,
  lookup: false,
  batchPoll: false,
  resultNeedsKey: false,
  resultTtlSeconds: 86_400,
  usage: 'nothing',
  providerOptions: ['contentModeration'],
  notes: [
    'No webhook, no list and no client reference: a submit whose answer was lost stays unknown.',
    'DELETE cancels what waits or runs, and removes the outputs of what has ended: cancel looks first. A task that ends between the two is lost with its result.',
    'A cancelled or deleted task is a 404 ever after, although the documents list `CANCELLED`.',
    'Shapes are pixels: 720p in six ratios from an image and two from text, 1080p in two for Veo. Nothing else can be said, `auto` included.',
    'Runway asks for no more than a look at a task every five seconds: give its channel a pace. `THROTTLED` is waiting for our own concurrency, and 429 the cap of a day.',
    'What moderation stops (`SAFETY.…`) is charged by Runway; our customer is not.',
    'An edit (Aleph 2) keeps length and shape of its source: neither is sent. Its `keyframes` and `references`, and character performances, fit none of our modes and are left out.',
    'GUESS: an account without credits answers 402, and a refusal for its content has a `failureCode` as tasks have; documents name neither.',
    'GUESS: `@Image1` becomes `image 1`: no page names a binding syntax for videos.',
    'GUESS: result URLs live for a day; documents say 24 to 48 hours, and each look gives fresh ones.',
  ],
} as const satisfies AdapterCapabilities;
