export { type AdapterCapabilities } from './capability.js';
export {
  type Adapter,
  type AdapterChannel,
  type AdapterObservation,
  type AdapterOutput,
  type CancelOutcome,
  type LookupInput,
  type LookupOutcome,
  type SubmitInput,
  type SubmitOutcome,
} from './adapter.js';
export {
  type Auth,
  type Call,
  type CallFailure,
  type CallOutcome,
  type NotSent,
  type Part,
  type Reply,
  type Sign,
  type SignableRequest,
  type Step,
  type TokenCall,
  type TokenSource,
} from './call/call.js';
export {
  codeOfStatus,
  failed,
  failureOf,
  isSuccess,
  progressOf,
  refused,
  unreadable,
  unreadableSubmit,
  urlOf,
} from './call/read.js';
export { InlineFile, inlineFile, type InlineForm } from './call/inline-file.js';
export { parseJson } from './call/json.js';
export { rewriteReferences } from './call/asset-references.js';
export { type CallbackHint, type CallbackVerifier, type RawCallback, type Trust } from './callback.js';
export { Caller, type CallerOptions, type CallReport, type Conversation, type Operation } from './runtime/caller.js';
export { type Destination, type Download, type DownloadLimits, Downloads } from './runtime/download.js';
export { ProviderHttp } from './runtime/http.js';
export { readReply } from './runtime/read-reply.js';
export { type AdapterError, runStep, type StepEnd } from './runtime/run-step.js';
export { type OwnLinks } from './runtime/prepare.js';
export { ProviderRuntime, type RuntimeOptions } from './runtime/runtime.js';
export { type Target, targetOf } from './runtime/target.js';
export { Secrets, type SecretsOptions } from './runtime/secrets.js';
export { type Exchange, inputOf, readExchanges } from './testing/exchange.js';
export { testAdapter } from './testing/test-adapter.js';
