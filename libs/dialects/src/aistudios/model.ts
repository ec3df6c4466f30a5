import { type z } from 'zod';
import { type ModelView } from '../native/model.js';
import { type models as modelsBody } from './answer.js';
import { success } from './project.js';

type Model = Pick<ModelView, 'id' | 'name' | 'type' | 'available'>;

/**
 * GET /api/odin/v3/model: what a project's `model` may name, which are the models that can be made to speak or act from
 * words alone. Avatars belong to the avatar model's provider and are named in the scenes.
 */
export function fromModels(models: readonly Model[]): z.output<typeof modelsBody> {
  const usable = models.filter(({ available, type }) => available && type.includes('text-to-video'));
  return success({
    models: usable.map(({ id, name }) => ({ id, label: { en: name, ko: name }, thumbnail: null, clothes: [] })),
  });
}
