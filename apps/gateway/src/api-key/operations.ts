import { type Operation } from '@videoapi/dialects';
import { z } from 'zod';
import { apiKey, apiKeyList, changeKeyBody, createKeyBody, madeApiKey, rotateKeyBody } from './key-view.js';

const tag = 'API keys';
const path = z.object({ id: z.string() });

export const operations = {
  list: {
    id: 'listApiKeys',
    tag,
    summary: 'List your API keys',
    answers: [{ status: 200, description: 'All of them.', body: apiKeyList }],
  },
  create: {
    id: 'createApiKey',
    tag,
    summary: 'Create an API key',
    description: 'It can do no more than the key that makes it.',
    body: { json: createKeyBody, isRequired: true },
    answers: [{ status: 201, description: 'The key itself is shown only here.', body: madeApiKey }],
    refusals: ['conflict', 'not_found'],
  },
  change: {
    id: 'changeApiKey',
    tag,
    summary: 'Change the limits of an API key',
    description: 'What is not named stays as it is. No key can give more than it has.',
    path,
    body: { json: changeKeyBody, isRequired: true },
    answers: [{ status: 200, description: 'In force at once; what is under way goes on.', body: apiKey }],
    refusals: ['not_found', 'conflict'],
  },
  rotate: {
    id: 'rotateApiKey',
    tag,
    summary: 'Replace an API key',
    description: 'A new key with the same rights; the old one goes on for a while.',
    path,
    body: { json: rotateKeyBody },
    answers: [{ status: 201, description: 'The new key itself is shown only here.', body: madeApiKey }],
    refusals: ['not_found', 'conflict'],
  },
  revoke: {
    id: 'revokeApiKey',
    tag,
    summary: 'Revoke an API key',
    path,
    answers: [{ status: 200, description: 'From now on nobody gets in with it.', body: apiKey }],
    refusals: ['not_found'],
  },
} as const satisfies Record<string, Operation>;
