import type { AdapterCapabilities } from '@videoapi/provider-kit';

export const googleVeoCapabilities = {
  provider: 'google-veo',
  modes: ['text-to-video', 'image-to-video', 'reference-to-video'],
  completion: 'poll',
  queue: false,
  cancel: false,
  lookup: false,
  batchPoll: false,
  resultNeedsKey: true,
  resultTtlSeconds: null,
  hosts: { oauth: 'https://oauth2.googleapis.com', storage: 'https://storage.googleapis.com' },
  providerOptions: ['personGeneration', 'enhancePrompt', 'compressionQuality', 'resizeMode'],
  notes: [
    'Veo on Vertex AI. A channel’s base URL ends in `/v1/projects/{project}/locations/{location}/publishers/google/models`.',
    'Channel credential `serviceAccount`: the JSON key as Google hands it out. Its `token_uri` is ignored; tokens come from Google alone.',
    'Channel option `storageUri` (`gs://bucket/prefix/`) is required: without it results come as tens of megabytes of base64 in the answer to a poll, which is not read. Each attempt has a folder of its own there; nothing deletes it but the bucket’s life cycle.',
    'Results are read with the same service account, and only out of the attempt’s own folder.',
    'There is no queue, no percentage, no cancel, no callback and no reference by which a lost answer could be found. The reference stands in `labels.reference`, for Google’s billing export.',
    'Pictures go inline, fetched when the order is submitted: JPEG or PNG.',
    'GUESS: `@Image1` becomes `image 1`; no page names a binding syntax.',
    'GUESS: 503 UNAVAILABLE in Google’s own words means that no operation was made, as its page for the sister API says.',
    'GUESS: an operation that is unknown is 404 NOT_FOUND; so is a model that was retired, whose renders are lost with it.',
    'GUESS: an error with code 3 and a support code is moderation; another with code 3 is about the input.',
    'Veo 3.1 needs eight seconds for 1080p, 4k and reference images. Google may retire it from 2026-11-17 on; 3.0 and 2 are gone.',
    'Not here: extension of a video, masks, several samples, Pub/Sub.',
  ],
} as const satisfies AdapterCapabilities;
