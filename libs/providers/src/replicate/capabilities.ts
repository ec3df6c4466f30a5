import type { AdapterCapabilities } from '@videoapi/provider-kit';

export const replicateCapabilities = {
  provider: 'replicate',
  modes: ['text-to-video', 'image-to-video', 'reference-to-video'],
  completion: 'callback',
  callbackSigned: true,
  cancel: true,
  lookup: false,
  adopt: true,
  batchPoll: false,
  resultNeedsKey: false,
  resultTtlSeconds: 3_600,
  usage: 'cost',
  providerOptions: [],
  notes: [
    'An aggregator: the input is the model’s own. `models.ts` has the words of Veo 3.1 and Kling 2.5; the upstream model is `owner/name`, `owner/name:version`, a version alone, or `deployments/owner/name`. GUESS: any other model is given the commonest names.',
    'What a model puts out is a link, a list of them, or files by name: the film is the one called `video`, else the first with a film’s ending, else the first.',
    'Input and output are deleted an hour after the end: a result that is not copied by then has expired.',
    'Callbacks are Standard Webhooks with the account’s own secret (`GET /webhooks/default/secret`), which the webhook service needs among its secrets. Replicate takes https addresses alone.',
    'The only percentage stands in the logs: the last one is the progress.',
    'Failed and cancelled predictions of community models are billed by the second. What is kept as the cost is the predict time; official models are billed by what they put out.',
    '`options.cancelAfter` of a channel (`30m`, `2h`) has Replicate stop what takes longer; `aborted` is a prediction that had not begun by then.',
    'No look-up: nothing of ours can be sent with a prediction, and its list is not read. A lost answer is found by its callback.',
    '`(E005)` in the words of an error is the code for flagged content. GUESS: a refusal of a submit bears the same code.',
    'GUESS: a cancel that is answered with another status than `canceled` may come too late; it is read back.',
    'GUESS: `@Image1` becomes `image 1`: each model has ways of its own.',
  ],
} as const satisfies AdapterCapabilities;
