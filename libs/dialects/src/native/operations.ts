import { taskId } from '@videoapi/contracts';
import { z } from 'zod';
import { type Answer, examplesOf, type Operation, type RequestBody } from '../operation.js';
import { pageOf } from '../page.js';
import { estimateRefusals, submitHeaders, submitRefusals, submittedHeaders } from '../submit.js';
import { accepted, generation } from './answer.js';
import creates from './examples/create.json' with { type: 'json' };
import tasks from './examples/tasks.json' with { type: 'json' };
import { billing, model, modelList } from './model.js';
import { listQuery, metadataQuery, waitQuery } from './query.js';
import { createRequest } from './wire.js';

const tag = 'Video generations';
const path = z.object({ id: taskId.describe('`task_id` of the task.') });
const body: RequestBody = {
  json: createRequest,
  isRequired: true,
  examples: examplesOf(creates, (example) => (example.submission === undefined ? undefined : example.body)),
};
const task: Answer = {
  status: 200,
  description: 'The task.',
  body: generation,
  examples: examplesOf(tasks, (example) => example.body),
};

export const operations = {
  create: {
    id: 'createGeneration',
    tag,
    summary: 'Create a video',
    description:
      'Reserves what the video can cost at most and answers at once. What it really cost is charged when it is stored; ' +
      'a failed task costs nothing.',
    headers: submitHeaders,
    body,
    answers: [
      {
        status: 200,
        description: 'Accepted.',
        body: accepted,
        headers: submittedHeaders,
        examples: examplesOf(tasks, (example) => example.accepted),
      },
    ],
    refusals: submitRefusals,
  },
  estimate: {
    id: 'estimateGeneration',
    tag,
    summary: 'What a video would cost',
    description: 'Takes the body of a create, checks it as one, and makes nothing.',
    body,
    answers: [
      {
        status: 200,
        description: 'The most that it can cost, and who could render it.',
        body: z
          .object({ credits: z.int().positive(), billing, route_candidates: z.array(z.string()) })
          .meta({ id: 'Estimate' }),
      },
    ],
    refusals: estimateRefusals,
  },
  list: {
    id: 'listGenerations',
    tag,
    summary: 'List tasks',
    query: listQuery.extend(metadataQuery.shape),
    answers: [{ status: 200, description: 'One page.', body: pageOf(generation).meta({ id: 'GenerationPage' }) }],
    refusals: ['invalid_field'],
  },
  get: {
    id: 'getGeneration',
    tag,
    summary: 'Read a task',
    path,
    query: waitQuery,
    answers: [task],
    refusals: ['task_not_found', 'invalid_field', 'concurrency_limited'],
  },
  events: {
    id: 'streamGeneration',
    tag,
    summary: 'Follow a task',
    description:
      'Server-sent events until it has ended. An event’s id lets a client that comes back go on where it was.',
    path,
    headers: z.object({ 'last-event-id': z.string().optional() }),
    answers: [
      {
        status: 200,
        description: '`video.queued`, `video.in_progress`, `video.completed`, `video.failed`; each with the task.',
        mediaType: 'text/event-stream',
        body: z.string(),
      },
      { status: 204, description: 'Everything has been told: there is no need to come back.' },
    ],
    refusals: ['task_not_found', 'concurrency_limited'],
  },
  cancel: {
    id: 'cancelGeneration',
    tag,
    summary: 'Cancel a task',
    description: 'What was reserved goes back.',
    path,
    answers: [task],
    refusals: ['task_not_found', 'not_cancellable'],
  },
  remove: {
    id: 'deleteGeneration',
    tag,
    summary: 'Delete a task that has ended, and its media',
    path,
    answers: [
      {
        status: 200,
        description: 'It is gone.',
        body: z.object({ task_id: taskId, deleted: z.literal(true) }).meta({ id: 'DeletedGeneration' }),
      },
    ],
    refusals: ['task_not_found', 'task_not_terminal'],
  },
  listModels: {
    id: 'listModels',
    tag: 'Models',
    summary: 'List models',
    description: 'Public; with a key, the prices are your own. OpenAI’s clients read it as theirs.',
    answers: [{ status: 200, description: 'All of them.', body: modelList }],
  },
  getModel: {
    id: 'getModel',
    tag: 'Models',
    summary: 'Read a model',
    path: z.object({ id: z.string() }),
    answers: [{ status: 200, description: 'The model.', body: model }],
    refusals: ['not_found'],
  },
} as const satisfies Record<string, Operation>;
