import type { AdapterCapabilities } from '@videoapi/provider-kit';

export const geminiOmniCapabilities = {
  provider: 'gemini-omni',
  modes: ['text-to-video', 'image-to-video', 'reference-to-video', 'video-edit'],
  completion: 'callback',
  callbackSigned: true,
  cancel: true,
  lookup: false,
  batchPoll: false,
  resultNeedsKey: true,
  resultTtlSeconds: 172_800,
  usage: 'tokens',
  providerOptions: [],
  notes: [
    'Nothing is checked for free: an empty input renders, and bills, a whole clip. What cannot be meant is refused here.',
    'No client reference and no list: a submit whose answer was lost stays unknown. Our attempt id stands in `user_metadata`, which only the callback repeats.',
    'An unknown id is answered with a 400 that only its message tells from the 400s seen on running renders, so both are unreadable; only a 404 is believed.',
    '`completed` with text and without video tokens is a refusal; with video tokens but no video the shape has changed, and it stays unreadable: it was billed.',
    'A rate cap may answer the submit with an id and end it at the first look (`too_many_requests`), perhaps billed.',
    'The file may be processing for two minutes after `completed`: until it can be read the render counts as running.',
    'Cancelling is best effort; what a cancelled render costs is not known.',
    'Sound is always made; there is no seed and no negative prompt. Editing uploaded videos is refused to users in the EEA, Switzerland and the UK.',
    'GUESS: `@Image1` becomes `<IMAGE_REF_0>`, and what a prompt does not cite is named before it; frames are `<FIRST_FRAME>` and `<LAST_FRAME>`.',
    'GUESS: an edit takes a duration like any other render.',
    "Callbacks bear an RS256 JWT. `CALLBACK_SECRETS` may hold Google's key set (the JSON of /.well-known/jwks.json) or PEM keys; without one, or for a key that is not among them, a callback is only a hint. GUESS: the JWT stands alone or after `v1,`.",
    'Vertex speaks the same words elsewhere, with OAuth and a bucket for results: not covered.',
  ],
} as const satisfies AdapterCapabilities;
