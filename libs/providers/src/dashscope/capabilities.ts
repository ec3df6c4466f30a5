import type { AdapterCapabilities } from '@videoapi/provider-kit';

export const dashscopeCapabilities = {
  provider: 'dashscope',
  modes: ['text-to-video', 'image-to-video', 'reference-to-video', 'video-edit'],
  completion: 'poll',
  cancel: true,
  lookup: false,
  batchPoll: false,
  resultNeedsKey: false,
  resultTtlSeconds: 86_400,
  usage: 'nothing',
  providerOptions: ['audio_setting', 'prompt_extend', 'shot_type'],
  notes: [
    'A name without a way (`happyhorse-1.0`, `wan2.6`, `wan2.7`) is completed by what is asked: -t2v, -i2v, -r2v, -video-edit.',
    'Nothing of ours can be put into a task and nothing is called back per request: a lost answer cannot be looked up.',
    'Only a task that still waits (PENDING) can be cancelled.',
    'Tasks and result links live 24 hours; after that, and for a task it never had, the provider says UNKNOWN.',
    'A HappyHorse edit is as long as its video, up to 15 seconds: only 15 or "auto" can be asked for.',
    'Seconds of input are billed by the provider beside those of output; settled is what was delivered.',
    'HappyHorse cuts prompts silently after 5000 characters (2500 Chinese ones).',
    'GUESS: sizes of the older models other than 16:9, taken from the model cards.',
    'GUESS: `@Image1` is `character1` where the pages cite characters (HappyHorse, Wan 2.6) and `Image 1` elsewhere.',
    'GUESS: a cancel is believed by its bare `request_id`.',
  ],
} as const satisfies AdapterCapabilities;
