import { AppError, type ResolvedRequest, type TaskRequest, type TaskSubmission } from '@videoapi/contracts';
import { type CatalogSnapshot } from '../catalog/snapshot.js';
import { priceParamsOf } from '../model/price-params.js';
import { checkProviderOptions } from '../model/provider-option.js';
import { resolveRequest } from '../model/resolve.js';
import { usableModel } from '../model/usable-model.js';
import { engineVersion, type TaskIdentity } from '../task/task.js';

/** A submission that has passed every check which needs nobody else. */
export interface Prepared {
  readonly task: Omit<TaskIdentity, 'deadlineAt'>;
  /** Seconds until the total deadline. */
  readonly totalSeconds: number;
  readonly maxQueued: number;
  readonly maxConcurrent: number | null;
  readonly keyMaxConcurrent: number | null;
}

/** @throws AppError whatever is wrong with the request or its model; nothing has happened then. */
export function prepare(submission: TaskSubmission, snapshot: CatalogSnapshot): Prepared {
  const { request } = submission;
  const { model } = usableModel(snapshot, request.model, submission.mode);
  checkStorable(request.metadata, 'metadata');
  checkStorable(request.providerOptions, 'providerOptions');
  checkStorable(request.endUserId, 'endUserId');
  const resolved = resolveRequest(request, model);
  checkProviderOptions(request, snapshot.routesOf(model.id, 'live'));
  const { queue, submit, generation, total } = model.deadlines;
  return {
    task: {
      id: submission.taskId,
      accountId: submission.accountId,
      apiKeyId: submission.apiKeyId,
      mode: submission.mode,
      model: model.id,
      type: resolved.type,
      resolved,
      metadata: request.metadata,
      endUserId: request.endUserId ?? null,
      callback: submission.callback,
      priceParams: priceParamsOf(resolved, model),
      maxCredits: request.maxCredits ?? null,
      timing: { queue, submit, generation, p50: model.p50Seconds },
      engineVersion,
      createdAt: createdAtOf(submission.taskId),
    },
    totalSeconds: total,
    maxQueued: submission.maxQueued,
    maxConcurrent: submission.maxConcurrent,
    keyMaxConcurrent: submission.keyMaxConcurrent,
  };
}

export interface Asset {
  readonly source: string;
  readonly kind: 'image' | 'video' | 'audio';
  /** Canonical name of the field, for a refusal. */
  readonly param: string;
}

/** Everything of a request that a provider would have to fetch. */
export function assetsOf(request: Pick<TaskRequest | ResolvedRequest, AssetField>): Asset[] {
  const one = (source: string | undefined, param: string): Asset[] =>
    source === undefined ? [] : [{ source, kind: 'image', param }];
  const many = (sources: readonly string[], kind: Asset['kind']) =>
    sources.map((source, index) => ({ source, kind, param: `${kind}s[${index}]` }));
  return [
    ...many(request.images, 'image'),
    ...many(request.videos, 'video'),
    ...many(request.audios, 'audio'),
    ...one(request.firstFrame, 'firstFrame'),
    ...one(request.lastFrame, 'lastFrame'),
  ];
}

type AssetField = 'images' | 'videos' | 'audios' | 'firstFrame' | 'lastFrame';

/** The id carries it, so that a list ordered by id is ordered by time. */
function createdAtOf(taskId: string): Date {
  return new Date(Number(taskId.slice('vidgen_'.length, 'vidgen_'.length + 13)));
}

/** PostgreSQL keeps neither NUL nor half a surrogate pair. */
function checkStorable(value: unknown, param: string): void {
  if (typeof value === 'string') {
    if (value.includes('\0') || !value.isWellFormed()) {
      throw new AppError('invalid_field', `${param} contains a character that cannot be stored.`, { param });
    }
  } else if (Array.isArray(value)) {
    for (const entry of value) checkStorable(entry, param);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, entry] of Object.entries(value)) {
      checkStorable(key, param);
      checkStorable(entry, param);
    }
  }
}
