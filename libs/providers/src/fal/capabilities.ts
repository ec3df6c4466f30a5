import type { AdapterCapabilities } from '@videoapi/provider-kit';

export const falCapabilities = {
  provider: 'fal',
  modes: ['text-to-video', 'image-to-video', 'reference-to-video'],
  completion: 'callback',
  callbackSigned: true,
  cancel: true,
  lookup: false,
  adopt: true,
  batchPoll: false,
  resultNeedsKey: false,
  resultTtlSeconds: 604_800,
  usage: 'nothing',
  providerOptions: [],
  notes: [
    'An aggregator: the body is the model’s own. `models.ts` has the words of Veo 3.1 and Kling 2.5; the upstream model is the path before `/image-to-video` and the like. GUESS: any other model is called at its path as it stands, with the commonest names.',
    'Handles are paths: what is answered stands below owner and app alone, without the rest of the model. An address of another origin is never followed.',
    '`COMPLETED` says finished, not well: the result is read, and a 422 there is the failure. An error of the result that neither names what went wrong nor was announced by the status changes nothing.',
    'Callbacks are signed with Ed25519 over id, user, time and body; the webhook service needs fal’s key set (rest.fal.ai/.well-known/jwks.json) among the secrets, renewed when fal changes it. The address is not covered: a callback is a reason to look.',
    'A cancel is certain while a request waits. One that runs is asked to stop, and what comes of it is read.',
    'No look-up: nothing of ours can be sent with a request, and nothing lists them. A lost answer is found by the callback, which names the request; GUESS: below the first two words of the model.',
    'An empty account may be refused with a 403 that differs from a bad key in its words alone: both close the channel.',
    'GUESS: `client_cancelled` is how a stopped request ends. GUESS: an input that fits no schema may be refused at once or by the result.',
    'GUESS: `@Image1` becomes `image 1`: each model has ways of its own.',
    'Results are public and live for a week at least.',
  ],
} as const satisfies AdapterCapabilities;
