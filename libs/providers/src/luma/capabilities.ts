import type { AdapterCapabilities } from '@videoapi/provider-kit';

export const lumaCapabilities = {
  provider: 'luma',
  modes: ['text-to-video', 'image-to-video', 'video-edit'],
  completion: 'poll',
  cancel: false,
  lookup: false,
  batchPoll: false,
  resultNeedsKey: false,
  resultTtlSeconds: 3_600,
  usage: 'nothing',
  providerOptions: ['loop'],
  notes: [
    'No cancel, no webhook, no list and no client reference: a submit whose answer was lost stays unknown.',
    'Result URLs live for an hour; each look gives fresh ones.',
    'There is no sound. HDR and EXR change the price and are never asked for.',
    '`budget_exhausted` ends an accepted generation when our own account at Luma is empty: it closes the channel.',
    'Thirty calls a minute, polls included: a channel needs a pace of its own. Ten generations at once.',
    'GUESS: the source of an edit is an object with its `url`, as frames are; length and shape are the source’s and are not sent. Reframing and keyframes fit none of our modes.',
    'GUESS: a refusal for its content has the `failure_code` that generations have; documents name none.',
    'GUESS: `@Image1` becomes `image 1`: no page names a binding syntax.',
    'Ray 2 is on the API before this one: see `dream-machine`.',
  ],
} as const satisfies AdapterCapabilities;
