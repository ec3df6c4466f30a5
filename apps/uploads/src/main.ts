import { Module } from '@nestjs/common';
import { start } from '@videoapi/chassis';
import { jetStreamTransport, natsTransport } from '@videoapi/messaging';
import { readEnv, uploadsConfig } from './config.js';
import { configureHttp } from './http.js';
import { UploadsModule } from './uploads.module.js';

const env = readEnv();
const nats = { app: 'uploads', url: env.NATS_URL };

@Module({ imports: [UploadsModule.register(uploadsConfig(env))] })
class Uploads {}

await start(Uploads, {
  name: 'uploads',
  healthPort: env.HEALTH_PORT,
  shutdownGraceMs: env.SHUTDOWN_GRACE_MS,
  http: { port: env.PORT, configure: configureHttp },
  microservices: () => [natsTransport(nats), jetStreamTransport(nats)],
});
