import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { AppError } from '@videoapi/contracts';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Public } from '../edge/access.js';
import { dialectsOf } from '../edge/dialect-of.js';
import { Routes } from '../edge/routes.js';
import { Settings } from '../settings.js';
import { Describe } from './describe.js';
import { openApiDocument } from './document.js';
import { operations } from './operations.js';
import { referencePage, referencePolicy, startScript } from './reference-page.js';
import { StaticFile } from './static-file.js';

const { resolve } = createRequire(import.meta.url);
const script = 'text/javascript; charset=utf-8';

/** The documentation: as OpenAPI, and to browse. */
@Controller()
@Public()
export class DocsController {
  private readonly files = new Map<string, Promise<StaticFile>>();

  constructor(
    private readonly settings: Settings,
    private readonly routes: Routes,
  ) {}

  @Get('/openapi.json')
  @Describe(operations.document)
  async document(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const file = await this.once('openapi.json', async () => {
      const document = openApiDocument(this.routes.all(), dialectsOf, this.settings.value.publicUrl);
      return StaticFile.of(JSON.stringify(document), 'application/json; charset=utf-8');
    });
    file.send(request, reply);
  }

  @Get('/docs')
  @Describe(operations.show)
  show(@Res({ passthrough: true }) reply: FastifyReply): string {
    reply.type('text/html; charset=utf-8');
    reply.header('content-security-policy', referencePolicy(this.settings.value.publicUrl));
    reply.header('cache-control', 'public, max-age=300');
    return referencePage;
  }

  @Get('/docs/:file')
  @Describe(operations.asset)
  async asset(@Param('file') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const load = Object.hasOwn(assets, name) ? assets[name] : undefined;
    if (load === undefined) throw new AppError('not_found', 'There is no such file.');
    const file = await this.once(name, load);
    file.send(request, reply);
  }

  /** On first use: a gateway that nobody reads about should not carry it. */
  private once(name: string, load: () => Promise<StaticFile>): Promise<StaticFile> {
    const known = this.files.get(name);
    if (known !== undefined) return known;
    const file = load();
    this.files.set(name, file);
    return file;
  }
}

const assets: Readonly<Record<string, () => Promise<StaticFile>>> = {
  'start.js': () => StaticFile.of(startScript, script),
  'swagger-ui-bundle.js': () => packaged('swagger-ui-dist/swagger-ui-bundle.js', script),
  'swagger-ui.css': () => packaged('swagger-ui-dist/swagger-ui.css', 'text/css; charset=utf-8'),
};

async function packaged(file: string, mediaType: string): Promise<StaticFile> {
  return StaticFile.of(await readFile(resolve(file)), mediaType);
}
