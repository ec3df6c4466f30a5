import { taskId } from '@videoapi/contracts';
import { z } from 'zod';
import { metadataQuery, waitQuery } from '../native/query.js';
import { type Answer, examplesOf, type Operation } from '../operation.js';
import { submitHeaders, submitRefusals, submittedHeaders } from '../submit.js';
import { deletedVideo, video, videoPage } from './answer.js';
import { editRequest, remixRequest } from './derivation.js';
import creates from './examples/create.json' with { type: 'json' };
import tasks from './examples/tasks.json' with { type: 'json' };
import { listQuery } from './query.js';
import { createRequest } from './wire.js';

const tag = 'Videos (OpenAI)';
const path = z.object({ id: taskId });
const examples = examplesOf(tasks, (example) => example.body);
const shown: Answer = { status: 200, description: 'The video.', body: video, examples };
const made: Answer = { ...shown, headers: submittedHeaders };

/** A form has files where JSON has addresses. */
const file = z.union([z.file(), z.string()]).optional();
const createForm = createRequest
  .extend({ input_reference: file, image: file, images: z.array(z.union([z.file(), z.string()])).optional() })
  .meta({ id: 'CreateVideoForm' });
const editForm = editRequest.extend({ video: z.union([z.file(), z.string()]) }).meta({ id: 'EditVideoForm' });

export const operations = {
  create: {
    id: 'createVideo',
    tag,
    summary: 'Create a video',
    description: 'OpenAI’s Videos API, and the wider form that resellers of the same path take.',
    headers: submitHeaders,
    body: {
      json: createRequest,
      form: createForm,
      isRequired: true,
      examples: examplesOf(creates, (example) => (example.submission === undefined ? undefined : example.body)),
    },
    answers: [made],
    refusals: [...submitRefusals, 'missing_parameter'],
  },
  list: {
    id: 'listVideos',
    tag,
    summary: 'List videos',
    query: listQuery.extend(metadataQuery.shape),
    answers: [{ status: 200, description: 'One page.', body: videoPage }],
    refusals: ['invalid_field'],
  },
  retrieve: {
    id: 'retrieveVideo',
    tag,
    summary: 'Read a video',
    path,
    query: waitQuery,
    answers: [
      {
        ...shown,
        headers: z.object({
          'openai-poll-after-ms': z.int().optional().describe('When to look again, while it is not ready.'),
        }),
      },
    ],
    refusals: ['task_not_found', 'invalid_field', 'concurrency_limited'],
  },
  content: {
    id: 'downloadVideo',
    tag,
    summary: 'Download a video or its thumbnail',
    path,
    query: z.object({ variant: z.enum(['video', 'thumbnail', 'spritesheet']).optional() }),
    answers: [
      {
        status: 302,
        description: 'Where the bytes are, for a while. Ranges are served there.',
        headers: z.object({ location: z.url() }),
      },
    ],
    refusals: ['task_not_found', 'not_found', 'task_not_terminal', 'unsupported_operation', 'invalid_field'],
  },
  remix: {
    id: 'remixVideo',
    tag,
    summary: 'Make the same video with another prompt',
    headers: submitHeaders,
    path,
    body: { json: remixRequest, form: remixRequest, isRequired: true },
    answers: [made],
    refusals: [...submitRefusals, 'missing_parameter', 'task_not_found', 'invalid_request', 'unsupported_operation'],
  },
  edit: {
    id: 'editVideo',
    tag,
    summary: 'Edit a video',
    description: 'Where the model can: see `video-edit` in the types of GET /v1/models.',
    headers: submitHeaders,
    body: { json: editRequest, form: editForm, isRequired: true },
    answers: [made],
    refusals: [...submitRefusals, 'missing_parameter', 'task_not_found', 'invalid_request', 'unsupported_operation'],
  },
  extend: unsupported('extendVideo', 'Extend a video'),
  createCharacter: unsupported('createCharacter', 'Keep a character'),
  getCharacter: { ...unsupported('getCharacter', 'Read a character'), path: z.object({ id: z.string() }) },
  cancel: {
    id: 'cancelVideo',
    tag,
    summary: 'Cancel a video',
    description: 'Ours: OpenAI has none. What was reserved goes back.',
    path,
    answers: [shown],
    refusals: ['task_not_found', 'not_cancellable'],
  },
  remove: {
    id: 'deleteVideo',
    tag,
    summary: 'Delete a video that has ended',
    path,
    answers: [{ status: 200, description: 'It is gone.', body: deletedVideo }],
    refusals: ['task_not_found', 'task_not_terminal'],
  },
} as const satisfies Record<string, Operation>;

/** OpenAI has the call; no model of any provider here can do it. */
function unsupported(id: string, summary: string) {
  return {
    id,
    tag,
    summary,
    description: 'Always refused: no model here can.',
    answers: [],
    refusals: ['unsupported_operation'],
  } as const satisfies Operation;
}
