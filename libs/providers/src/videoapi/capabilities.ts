import type { AdapterCapabilities } from '@videoapi/provider-kit';

export const videoapiCapabilities = {
  provider: 'videoapi',
  modes: ['text-to-video', 'image-to-video', 'reference-to-video'],
  completion: 'poll',
  cancel: false,
  lookup: false,
  batchPoll: false,
  resultNeedsKey: false,
  resultTtlSeconds: null,
  usage: 'cost',
  providerOptions: [],
  notes: [
    'No cancel, no list, no callback, no idempotency key: a lost answer can only be reported as unknown.',
    'It asks not to be polled more often than every 30 s: give its models a `p50Seconds` that respects this.',
    '`@Image1` is its own syntax and passes as it is; what was never given loses its `@`, for it would be a 422.',
    'There is one list of images: a first frame is its first one, a last frame cannot be said.',
    '`end_user_id` is a hash of the end user, or our attempt id where there is none.',
    'GUESS: `type` takes our three words; the document only shows image-to-video.',
    'GUESS: errors come as `{detail}` of FastAPI, as `{error:{message,code}}` or as `{message}`. All are read; none has documented codes, so a moderated render is a provider_error like any other.',
    'GUESS: a 404 with a reason is a task that is gone, unless it is FastAPI’s own word for an unknown path.',
    'GUESS: `credits_reserved` is what a render costs us; whether `auto` is settled to the real length is unsaid.',
    'Result links promise no lifetime: they are copied at once.',
  ],
} as const satisfies AdapterCapabilities;
