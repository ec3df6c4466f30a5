import { type Dialect } from '../dialect.js';
import { errorBody, video } from './answer.js';
import { renderError } from './errors.js';
import { fromTask } from './video.js';
import { toSubmission } from './wire.js';

/** `/v1/videos`: OpenAI's Videos API and the wider form that resellers of the same path take. */
export const openai = {
  name: 'openai',
  answers: { accepted: video, task: video, error: errorBody },
  toSubmission,
  fromAccepted: fromTask,
  fromTask,
  renderError,
} satisfies Dialect;
