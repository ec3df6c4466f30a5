import type { AdapterCapabilities } from '@videoapi/provider-kit';

export const klingCapabilities = {
  provider: 'kling',
  modes: ['text-to-video', 'image-to-video', 'reference-to-video', 'video-edit'],
  completion: 'callback',
  callbackSigned: true,
  cancel: false,
  lookup: true,
  batchPoll: true,
  resultNeedsKey: false,
  resultTtlSeconds: 2_592_000,
  providerOptions: ['multi_shot', 'element_ids', 'cfg_scale', 'camera_control'],
  notes: [
    'Two API generations side by side; the model says which: `kling-v…` (kling-v2-6, kling-v3-omni, kling-video-o1) is the legacy one, `kling-3.0`, `kling-3.0-omni`, `kling-o1` and the like the new one.',
    'Channel credential `apiKey`; or, for legacy models only, `accessKey` and `secretKey` with the option `auth: jwt`. Keys belong to a region, and so to a base URL.',
    'Callbacks are signed only if a webhook secret was made in the console; without one here they are a reason to look and no more.',
    'Our attempt id is the `external_task_id`: a lost answer is found by it. GUESS: a task that is not found a minute after the call does not exist.',
    'Negative prompts, `cfg_scale` and `camera_control` are legacy; a seed is known to neither.',
    'Several shots are on by default on 3.0 (`multi_shot`); they cost nothing.',
    'With `watermark: true` the marked copy is delivered where there is one.',
    'A failed task carries a text and no code: one known phrase is taken for moderation, all else for a fault of the provider.',
    'GUESS: in the new generation `@Image1` becomes `<<<image_1>>>` as in the legacy omni prompt, bound by the `id` of the content item.',
    'GUESS: an edit is as long as its video, whatever `duration` says; it is sent when the request names one.',
    'GUESS: sound beside an input video is its `original` sound; legacy omni keeps it and makes none of its own.',
    'GUESS: a legacy task that is unknown is 404 with code 1203.',
    'Not here: motion control, extension, effects, lip-sync, masks, voices.',
  ],
} as const satisfies AdapterCapabilities;
