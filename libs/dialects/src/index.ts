export { type Dialect, type Submission, type SubmissionRules, type View, type RenderedError } from './dialect.js';
export { fieldError, firstIssue } from './issue.js';
export { isDataUrl, maxDataUrlBytes } from './asset.js';
export { readForm } from './form.js';
export { native } from './native/native.js';
export { createRequest as nativeCreateRequest, pollIntervalSeconds } from './native/wire.js';
export { fromModel as nativeModel, fromPrice as nativePrice } from './native/model.js';
export { delivery as nativeDelivery, taskDelivery as nativeTaskDelivery } from './native/delivery.js';
export { openai } from './openai/openai.js';
export { fromTasks as openaiTasks, pollAfterMs } from './openai/video.js';
export {
  readSourceVideo as openaiSourceVideo,
  type Talent,
  toEdit as toOpenaiEdit,
  toRemix as toOpenaiRemix,
  unsupported,
} from './openai/derivation.js';
export { yishang } from './yishang/yishang.js';
export { aistudios } from './aistudios/aistudios.js';
export { avatarModel, readCredentials as aistudiosCredentials } from './aistudios/wire.js';
export {
  fromProject as aistudiosProject,
  projectDelivery as aistudiosDelivery,
  success as aistudiosSuccess,
} from './aistudios/project.js';
export { fromModels as aistudiosModels } from './aistudios/model.js';
