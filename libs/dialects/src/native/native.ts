import { type Dialect } from '../dialect.js';
import { accepted, errorBody, generation } from './answer.js';
import { renderError } from './errors.js';
import { fromAccepted, fromTask, toSubmission } from './wire.js';

/** `/v1/video/generations`: the dialect of our own documents. */
export const native = {
  name: 'native',
  answers: { accepted, task: generation, error: errorBody },
  toSubmission,
  fromAccepted,
  fromTask,
  renderError,
} satisfies Dialect;
