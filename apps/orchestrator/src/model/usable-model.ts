import { AppError, type Model, type TaskMode } from '@videoapi/contracts';
import { type CatalogSnapshot, type RouteTarget } from '../catalog/snapshot.js';

/**
 * The model if a task may be made for it now, with its routes, best first.
 * @throws AppError `model_not_found`, `model_disabled`, `model_retired` (naming the successor) or `no_provider_configured`.
 */
export function usableModel(
  snapshot: CatalogSnapshot,
  modelId: string,
  mode: TaskMode,
): { readonly model: Model; readonly routes: readonly [RouteTarget, ...RouteTarget[]] } {
  const model = snapshot.model(modelId);
  if (model === undefined) throw new AppError('model_not_found', `There is no model "${modelId}".`, { param: 'model' });
  if (model.status === 'retired') throw retired(model);
  if (model.status === 'disabled') {
    throw new AppError('model_disabled', `The model "${modelId}" is disabled.`, { param: 'model' });
  }
  const [best, ...others] = snapshot.routesOf(modelId, mode);
  if (best === undefined) {
    throw new AppError('no_provider_configured', `No provider is configured for the model "${modelId}".`, {
      param: 'model',
    });
  }
  return { model, routes: [best, ...others] };
}

function retired({ id, successor }: Model): AppError {
  const advice = successor === undefined ? '' : ` Use "${successor}" instead.`;
  return new AppError('model_retired', `The model "${id}" is retired.${advice}`, {
    param: 'model',
    details: { successor: successor ?? null },
  });
}
