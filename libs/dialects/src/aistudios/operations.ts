import { taskId } from '@videoapi/contracts';
import { z } from 'zod';
import { waitQuery } from '../native/query.js';
import { examplesOf, type Operation } from '../operation.js';
import { submitHeaders, submitRefusals, submittedHeaders } from '../submit.js';
import { accepted, models, progressBody, project, session, sessionCheck } from './answer.js';
import creates from './examples/create.json' with { type: 'json' };
import tasks from './examples/tasks.json' with { type: 'json' };
import { createRequest, credentials } from './wire.js';

const tag = 'Projects (AI Studios)';
const path = z.object({ id: taskId });

export const operations = {
  openSession: {
    id: 'openSession',
    tag,
    summary: 'A token for the day',
    description: '`userKey` is an API key; whose it is follows from it, so `appId` may be anything.',
    body: { json: credentials, isRequired: true },
    answers: [{ status: 200, description: 'The token; a key works in its place too.', body: session }],
    refusals: ['missing_parameter'],
  },
  checkSession: {
    id: 'checkSession',
    tag,
    summary: 'Is the token still good?',
    answers: [{ status: 200, description: 'Yes or no.', body: sessionCheck }],
  },
  create: {
    id: 'createProject',
    tag,
    summary: 'Create a video of scenes',
    headers: submitHeaders,
    body: {
      json: createRequest,
      isRequired: true,
      examples: examplesOf(creates, (example) => (example.submission === undefined ? undefined : example.body)),
    },
    answers: [
      {
        status: 200,
        description: 'Accepted.',
        body: accepted,
        headers: submittedHeaders,
        examples: examplesOf(tasks, (example) => example.accepted),
      },
    ],
    refusals: [...submitRefusals, 'missing_parameter'],
  },
  get: {
    id: 'getProject',
    tag,
    summary: 'Read a project',
    path,
    answers: [{ status: 200, description: 'The project.', body: project }],
    refusals: ['task_not_found'],
  },
  progress: {
    id: 'getProjectProgress',
    tag,
    summary: 'How far a project is',
    path,
    query: waitQuery,
    answers: [
      {
        status: 200,
        description: 'Its progress.',
        body: progressBody,
        examples: examplesOf(tasks, (example) => example.body),
      },
    ],
    refusals: ['task_not_found', 'invalid_field', 'concurrency_limited'],
  },
  listModels: {
    id: 'listAvatarModels',
    tag,
    summary: 'What a project’s `model` may name',
    answers: [{ status: 200, description: 'All of them.', body: models }],
  },
} as const satisfies Record<string, Operation>;
