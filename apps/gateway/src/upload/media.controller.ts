import { Controller, Get, Param, Res } from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { Describe } from '../docs/describe.js';
import { Public } from '../edge/access.js';
import { MediaLinks } from './media-links.js';
import { operations } from './operations.js';

/**
 * The stable links in answers and deliveries: `/media/<id>/<signature>.mp4`. The signature is the right to read, so no
 * key is asked for.
 */
@Controller('/media')
@Public()
export class MediaController {
  constructor(private readonly links: MediaLinks) {}

  /** HEAD too: Fastify answers it wherever it answers GET. */
  @Get('/:id/:file')
  @Describe(operations.open)
  async open(@Param('id') mediaId: string, @Param('file') file: string, @Res() reply: FastifyReply): Promise<void> {
    await this.links.redirect(`/media/${mediaId}/${file}`, reply);
  }
}
