import { type Dialect } from '../dialect.js';
import { accepted, errorBody, task } from './answer.js';
import { renderError } from './errors.js';
import { fromAccepted, fromTask, toSubmission } from './wire.js';

/** `/v1/videos` for keys whose dialect it is. */
export const yishang = {
  name: 'yishang',
  answers: { accepted, task, error: errorBody },
  toSubmission,
  fromAccepted,
  fromTask,
  renderError,
} satisfies Dialect;
