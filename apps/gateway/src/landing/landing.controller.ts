import { Controller, Get, Res } from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { operations } from '../docs/operations.js';
import { Describe } from '../docs/describe.js';
import { Public } from '../edge/access.js';
import { Settings } from '../settings.js';
import { landingPage } from './landing-page.js';

@Controller()
export class LandingController {
  private readonly page: string;

  constructor(settings: Settings) {
    this.page = landingPage(settings.value.publicUrl);
  }

  @Get('/')
  @Describe(operations.landing)
  @Public()
  show(@Res({ passthrough: true }) reply: FastifyReply): string {
    reply.type('text/html; charset=utf-8');
    // Static text without a script: nothing else may ever run or load here.
    reply.header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'");
    reply.header('cache-control', 'public, max-age=300');
    return this.page;
  }
}
