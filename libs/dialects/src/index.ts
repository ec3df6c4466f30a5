export { type Dialect, type Submission, type SubmissionRules, type View, type RenderedError } from './dialect.js';
export { fieldError, firstIssue } from './issue.js';
export { isDataUrl, maxDataUrlBytes } from './asset.js';
export { readForm } from './form.js';
export { type Answer, type Examples, type Operation, type RequestBody } from './operation.js';
export { native } from './native/native.js';
export { operations as nativeOperations } from './native/operations.js';
export { createRequest as nativeCreateRequest, pollIntervalSeconds } from './native/wire.js';
export {
  fromModel as nativeModel,
  fromPrice as nativePrice,
  model as nativeModelView,
  modelList as nativeModelList,
} from './native/model.js';
export { type RawQuery, readListQuery, readWait } from './native/query.js';
export {
  delivery as nativeDelivery,
  taskDelivery as nativeTaskDelivery,
  taskDeliveryBody as nativeTaskDeliveryBody,
} from './native/delivery.js';
export { openai } from './openai/openai.js';
export { operations as openaiOperations } from './openai/operations.js';
export { readListQuery as readOpenaiListQuery } from './openai/query.js';
export { fromTasks as openaiTasks, pollAfterMs } from './openai/video.js';
export {
  readSourceVideo as openaiSourceVideo,
  type Talent,
  toEdit as toOpenaiEdit,
  toRemix as toOpenaiRemix,
  unsupported,
} from './openai/derivation.js';
export { yishang } from './yishang/yishang.js';
export { operations as yishangOperations } from './yishang/operations.js';
export { aistudios } from './aistudios/aistudios.js';
export { operations as aistudiosOperations } from './aistudios/operations.js';
export { avatarModel, readCredentials as aistudiosCredentials } from './aistudios/wire.js';
export {
  fromProject as aistudiosProject,
  projectDelivery as aistudiosDelivery,
  success as aistudiosSuccess,
} from './aistudios/project.js';
export { projectDeliveryBody as aistudiosDeliveryBody } from './aistudios/answer.js';
export { fromModels as aistudiosModels } from './aistudios/model.js';
