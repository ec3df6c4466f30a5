import { z } from 'zod';
import { type Answer, examplesOf, type Operation } from '../operation.js';
import { operations as openai } from '../openai/operations.js';
import { pageOf } from '../page.js';
import { submitHeaders, submitRefusals, submittedHeaders } from '../submit.js';
import { accepted, task } from './answer.js';
import creates from './examples/create.json' with { type: 'json' };
import tasks from './examples/tasks.json' with { type: 'json' };
import { createRequest } from './wire.js';

const tag = 'Videos (Yishang)';
const examples = examplesOf(tasks, (example) => example.body);
const shown: Answer = { status: 200, description: 'The task.', body: task, examples };
const made: Answer = {
  status: 200,
  description: 'Accepted.',
  body: accepted,
  headers: submittedHeaders,
  examples: examplesOf(tasks, (example) => example.accepted),
};

const file = z.union([z.file(), z.string()]).optional();
const createForm = createRequest
  .extend({ seconds: file, input_reference: file })
  .meta({ id: 'CreateYishangVideoForm' });

/** What its document has: a key of this dialect creates and reads. */
export const operations = {
  create: {
    id: 'createYishangVideo',
    tag,
    summary: 'Create a video',
    description: 'The API key says which of the two documents that claim this path it speaks.',
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
  read: { ...openai.retrieve, id: 'readYishangVideo', tag, answers: [shown] },
  // Beyond its document: OpenAI's calls on the same path, answered in its own words.
  list: {
    ...openai.list,
    id: 'listYishangVideos',
    tag,
    answers: [{ status: 200, description: 'One page.', body: pageOf(task).meta({ id: 'YishangPage' }) }],
  },
  remix: { ...openai.remix, id: 'remixYishangVideo', tag, answers: [made] },
  edit: { ...openai.edit, id: 'editYishangVideo', tag, answers: [made] },
  cancel: { ...openai.cancel, id: 'cancelYishangVideo', tag, answers: [shown] },
} as const satisfies Record<string, Operation>;
