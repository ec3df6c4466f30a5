import type { AdapterCapabilities } from '@videoapi/provider-kit';

export const jimengCapabilities = {
  provider: 'jimeng',
  modes: ['text-to-video', 'image-to-video'],
  completion: 'poll',
  cancel: false,
  lookup: false,
  batchPoll: false,
  resultNeedsKey: false,
  resultTtlSeconds: 3_600,
  usage: 'nothing',
  providerOptions: ['camera_strength', 'template_id'],
  notes: [
    'Requests are signed with an access key and a secret key (Volcengine V4); the clocks must agree.',
    'Resolution and use are one name (`req_key`): `jimeng_v30` and `jimeng_v30_pro` are completed by what is asked.',
    'The `req_key` is sent again with every query: it is kept in the handle.',
    'A new account renders one or two at once: give its channel as many slots.',
    'Only 5 and 10 seconds are rendered (121 or 241 frames); silent; a ratio from words alone.',
    'Nothing of ours can be put into a task, it can neither be cancelled nor looked up, and tells no progress or usage.',
    'A link lives one hour, a task twelve; an older one is not_found.',
    "A parameter that is wrong and an account in arrears have no documented code: GUESS by status, or by the words of the gateway's own code.",
    'GUESS: `@Image1` becomes `Image 1`; no page names a binding syntax.',
  ],
} as const satisfies AdapterCapabilities;
