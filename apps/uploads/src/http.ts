import multipart from '@fastify/multipart';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Drain, sweepBuffers } from '@videoapi/chassis';

/** Multipart bodies are handed on as streams; this lets no other body in. */
export async function configureHttp(app: NestFastifyApplication): Promise<void> {
  sweepBuffers(app.get(Drain).signal);
  await app.register(multipart, { throwFileSizeLimit: false });
}
