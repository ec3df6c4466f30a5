import type { AdapterCapabilities } from '@videoapi/provider-kit';

export const seedanceCapabilities = {
  provider: 'seedance',
  modes: ['text-to-video', 'image-to-video', 'reference-to-video', 'video-edit'],
  completion: 'callback',
  cancel: true,
  lookup: true,
  adopt: true,
  batchPoll: true,
  resultNeedsKey: false,
  resultTtlSeconds: 86_400,
  usage: 'tokens',
  providerOptions: ['service_tier', 'priority'],
  notes: [
    'DELETE cancels only while the task is queued and removes the record of one that has ended: cancel looks first.',
    'Callbacks are unsigned and repeat the GET body: a reason to look, never a fact.',
    'GUESS: a lost answer is looked up in the list by `safety_identifier`, where our attempt id stands unless the request names an end user; then only the callback can tell.',
    'GUESS: the list is believed to be complete only as far back as it is seen to be sorted, newest first.',
    'GUESS: `@Image1` becomes `[Image 1]`, the words of the model guides; no page names a binding syntax.',
    'Known `--flags` are cut out of prompts: they would override what was priced.',
    'The list endpoint takes one call a second: several renders are looked at together only from four on.',
  ],
} as const satisfies AdapterCapabilities;
