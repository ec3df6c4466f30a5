export { type Dialect, type Submission, type SubmissionRules, type View, type RenderedError } from './dialect.js';
export { fieldError, firstIssue } from './issue.js';
export { native } from './native/native.js';
export { createRequest as nativeCreateRequest, pollIntervalSeconds } from './native/wire.js';
export { fromModel as nativeModel, fromPrice as nativePrice } from './native/model.js';
export { delivery as nativeDelivery, taskDelivery as nativeTaskDelivery } from './native/delivery.js';
