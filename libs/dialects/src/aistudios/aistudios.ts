import { type Dialect } from '../dialect.js';
import { accepted, errorBody, progressBody } from './answer.js';
import { renderError } from './errors.js';
import { fromAccepted, fromTask } from './project.js';
import { toSubmission } from './wire.js';

/** `/api/odin/…`: scenes with avatars that speak, as clients of AI Studios V3 order them. */
export const aistudios = {
  name: 'aistudios',
  answers: { accepted, task: progressBody, error: errorBody },
  toSubmission,
  fromAccepted,
  fromTask,
  renderError,
} satisfies Dialect;
