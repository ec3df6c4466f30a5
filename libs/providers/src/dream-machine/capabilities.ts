import type { AdapterCapabilities } from '@videoapi/provider-kit';

export const dreamMachineCapabilities = {
  provider: 'dream-machine',
  modes: ['text-to-video', 'image-to-video'],
  completion: 'callback',
  cancel: false,
  lookup: false,
  adopt: true,
  batchPoll: false,
  resultNeedsKey: false,
  resultTtlSeconds: null,
  usage: 'nothing',
  providerOptions: ['loop'],
  notes: [
    'Luma’s API before the Agents one, for Ray 2: another key, other words, and callbacks.',
    'Callbacks are unsigned and repeat the GET body, few times: a reason to look, never a fact.',
    'DELETE removes a generation; that it stops one is nowhere said, so nothing is cancelled. Nothing is looked up either: a lost answer is found by its callback.',
    'A failure has a reason in words and no code. GUESS: one that has the `failure_code` of the later API means the same by it, in refusals too.',
    'GUESS: errors are `{ detail }`, as the later API has them, and ratios are the same six.',
    'GUESS: `@Image1` becomes `image 1`: no page names a binding syntax. There is no sound.',
  ],
} as const satisfies AdapterCapabilities;
