import { type Operation } from '@videoapi/dialects';
import { entries, entriesPage, wallet } from './credit-view.js';

const tag = 'Credits';

export const operations = {
  get: {
    id: 'getCredits',
    tag,
    summary: 'What there is to spend',
    answers: [{ status: 200, description: 'The wallet.', body: wallet }],
  },
  entries: {
    id: 'listCreditEntries',
    tag,
    summary: 'Every movement of credits',
    description: 'Newest first.',
    query: entriesPage,
    answers: [{ status: 200, description: 'One page.', body: entries }],
    refusals: ['invalid_field'],
  },
} as const satisfies Record<string, Operation>;
