import type { AdapterCapabilities } from '@videoapi/provider-kit';

export const hailuoCapabilities = {
  provider: 'hailuo',
  modes: ['text-to-video', 'image-to-video', 'reference-to-video', 'video-edit'],
  completion: 'callback',
  callbackSigned: false,
  cancel: true,
  lookup: false,
  adopt: true,
  batchPoll: false,
  resultNeedsKey: false,
  // Only of template videos is it said; a later look gives a new link.
  resultTtlSeconds: 32_400,
  usage: 'nothing',
  providerOptions: ['fast_pretreatment', 'prompt_optimizer'],
  notes: [
    'MiniMax-H3 speaks v2, everything older v1; the two share neither addresses nor shapes.',
    'v1 answers errors with status 200 and a code in `base_resp`; v2 has real statuses, and now and then a `base_resp` as well.',
    'v1 takes three calls: submit, query, and a file for its link. A file that cannot be read is asked for again, never a failure.',
    'v1 has no aspect ratio, seed or cancel; the shape follows the first frame.',
    'v2 cancels while a task is queued; DELETE would remove the record of one that has ended, so cancel looks first.',
    'Callbacks come only once a challenge is echoed within 3 seconds; unsigned, so a reason to look and no more.',
    'Nothing of ours can be put into a task: a lost answer is found by its callback or not at all.',
    'Keys belong to a region; H3 needs a pay-as-you-go key.',
    'GUESS: an undocumented code beside an empty task id is a refusal; a system error (1000, 1001, 1013, 1024, 1033) tells nothing.',
    'GUESS: in v2 "no such task" is a 400 bad_request_error to a query; v1 has no word for it.',
    'GUESS: `@Image1` becomes `Image 1`; no page names a binding syntax.',
    'GUESS: an edit is a `base_video`; sound of H3 has no field.',
  ],
} as const satisfies AdapterCapabilities;
