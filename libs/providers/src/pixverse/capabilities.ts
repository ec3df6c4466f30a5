import type { AdapterCapabilities } from '@videoapi/provider-kit';

export const pixverseCapabilities = {
  provider: 'pixverse',
  modes: ['text-to-video', 'image-to-video', 'reference-to-video'],
  completion: 'poll',
  cancel: false,
  lookup: false,
  batchPoll: false,
  resultNeedsKey: false,
  resultTtlSeconds: null,
  usage: 'cost',
  providerOptions: ['style'],
  notes: [
    'Errors come with status 200 and a code in `ErrCode`. 99999 and 500100 say nothing about whether a video was begun: the outcome is unknown.',
    'Images are uploaded first, by their address, and cited by the number that this gives: up to seven uploads before the call that creates. What goes wrong there has started nothing.',
    '`Ai-trace-id` is new with every call, for a repeated one is answered with the earlier result. A create bears our attempt id, so that one that arrives twice is one video; all others are made from the call and its moment.',
    'Webhooks are registered in the console, one address for all videos, and must be answered with `ok`: ours have an address for each attempt, so that this provider is polled.',
    'Ids are numbers beyond 2^53.',
    'First and last frame are a transition; references are a fusion. Of the other ways (extend, modify, restyle, swap, mimic, lip sync) each needs a video of PixVerse’s own or more than our request can say.',
    'Sound and the number of clips are said for v5.5 and newer, which alone have them; the motion mode, where `fast` costs double, for v4.5 and older. A fusion knows neither negative prompt nor watermark.',
    'References keep our names: `@Image1` is the name of the first, and a space is put behind it. GUESS: all of them are subjects, none a background.',
    'GUESS: 9 and 10 are waiting. Any other number that is not documented is running.',
    'Code 500044, too many at once, has been seen for prompts that were at fault: such a request comes back as often as it is tried.',
    'GUESS: 500020, no permission, is about one model or feature, and leaves the channel open.',
    'No cancel, no list and no reference of ours to find a video by. How long a result lives is not stated: it is copied at once.',
    'The answer’s credits are what PixVerse charges, and are kept as the cost.',
  ],
} as const satisfies AdapterCapabilities;
