import type { AdapterCapabilities } from '@videoapi/provider-kit';

export const viduCapabilities = {
  provider: 'vidu',
  modes: ['text-to-video', 'image-to-video', 'reference-to-video'],
  completion: 'callback',
  callbackSigned: true,
  cancel: true,
  lookup: true,
  batchPoll: false,
  resultNeedsKey: false,
  resultTtlSeconds: 86_400,
  usage: 'cost',
  providerOptions: ['movement_amplitude', 'style', 'audio_type'],
  notes: [
    'Callbacks are signed with the API key that created the task, over method, path, query and date: the body is not covered, so they only wake us up. Whatever stands before us must leave the path as it is.',
    'GUESS: a callback is older than five minutes only when it is a replay; a retry of Vidu has a date of its own.',
    'Our attempt id stands in `payload`, by which a lost answer is found in the list. GUESS: the list shows `payload` and `created_at`; without them nothing is believed to be absent.',
    'Cancelling works while a task waits: Vidu refuses it for one that is scheduled, which most are at once.',
    '`@Image1` is kept: each cited asset becomes a subject of that name. GUESS: subjects work on every reference model, videos in them on some.',
    'Frames keep their own shape: the ratio is not sent with them. Sound is said on Q3 only; elsewhere there is none.',
    'Off-peak rendering (half the price, within 48 hours) is never asked for: it would change what was priced.',
    'A failure has a code and no message; the code is passed on.',
  ],
} as const satisfies AdapterCapabilities;
