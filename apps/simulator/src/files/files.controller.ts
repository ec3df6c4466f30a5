import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Renders } from '../engine/renders.js';
import { Refusal } from '../http/refusal.js';
import { Downloads, type Part } from './downloads.js';

const parts: Readonly<Record<string, Part>> = {
  mp4: 'video',
  webp: 'thumbnail',
  jpg: 'spritesheet',
  png: 'last_frame',
};

/** Result links, open to whoever has one, like the presigned URLs that providers hand out. */
@Controller('files')
export class FilesController {
  constructor(
    private readonly renders: Renders,
    private readonly downloads: Downloads,
  ) {}

  @Get(':name')
  async send(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const [id = '', extension = ''] = name.split('.');
    const render = this.renders.get(id);
    const part = parts[extension];
    if (render === undefined || render.removed || part === undefined)
      throw new Refusal('not_found', 'There is no such file.');
    await this.downloads.send(render, part, request, reply);
  }
}
