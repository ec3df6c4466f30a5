import { Controller, Get, Param, Req } from '@nestjs/common';
import { AppError } from '@videoapi/contracts';
import { nativeOperations } from '@videoapi/dialects';
import { type FastifyRequest } from 'fastify';
import { Describe } from '../docs/describe.js';
import { Public } from '../edge/access.js';
import { ModelList, type PublicModel } from './model-list.js';

@Controller('/v1/models')
export class ModelController {
  constructor(private readonly models: ModelList) {}

  /** Public prices; with a key, that account's own. */
  @Get()
  @Describe(nativeOperations.listModels)
  @Public()
  async list(@Req() { edge }: FastifyRequest) {
    return { object: 'list', data: await this.models.of(edge.caller?.accountId) };
  }

  @Get('/:id')
  @Describe(nativeOperations.getModel)
  @Public()
  async get(@Param('id') id: string, @Req() { edge }: FastifyRequest): Promise<PublicModel> {
    const models = await this.models.of(edge.caller?.accountId);
    const model = models.find((entry) => entry.id === id);
    if (model === undefined) throw new AppError('not_found', 'There is no such model.');
    return model;
  }
}
