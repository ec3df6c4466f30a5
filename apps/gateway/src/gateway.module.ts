import { type DynamicModule, Module, StandardSchemaValidationPipe } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE, DiscoveryModule } from '@nestjs/core';
import { DatabaseModule } from '@videoapi/database';
import { fieldError } from '@videoapi/dialects';
import { MessagingModule } from '@videoapi/messaging';
import { Accounts } from './account/accounts.js';
import { AdminAccountController } from './admin/admin-account.controller.js';
import { AdminChannelController } from './admin/admin-channel.controller.js';
import { AdminCreditController } from './admin/admin-credit.controller.js';
import { AdminPlatformController } from './admin/admin-platform.controller.js';
import { ApiKeyController } from './api-key/api-key.controller.js';
import { ApiKeys } from './api-key/api-keys.js';
import { Authenticator } from './api-key/authenticator.js';
import { KeyUsage } from './api-key/key-usage.js';
import { type GatewayConfig } from './config.js';
import { CreditController } from './credit/credit.controller.js';
import { DocsController } from './docs/docs.controller.js';
import { AccessGuard } from './edge/access.guard.js';
import { Admission } from './edge/admission.js';
import { EdgeErrors } from './edge/edge-errors.js';
import { RouteAudit } from './edge/route-audit.js';
import { RouteTable } from './edge/route-table.js';
import { Routes } from './edge/routes.js';
import { SpokenDialect } from './edge/spoken-dialect.js';
import { Idempotency } from './idempotency/idempotency.js';
import { LandingController } from './landing/landing.controller.js';
import { Limiter } from './limit/limiter.js';
import { ModelController } from './model/model.controller.js';
import { ModelList } from './model/model-list.js';
import { ProjectController } from './project/project.controller.js';
import { SessionController } from './project/session.controller.js';
import { Readiness } from './readiness.js';
import { Settings } from './settings.js';
import { CallbackUrls } from './task/callback-url.js';
import { Intake } from './task/intake.js';
import { LongPoll } from './task/long-poll.js';
import { NativeController } from './task/native.controller.js';
import { Streams } from './task/streams.js';
import { TaskReads } from './task/task-reads.js';
import { TaskStreamController } from './task/task-stream.controller.js';
import { TaskSubmissions } from './task/task-submissions.js';
import { TaskWatch } from './task/task-watch.js';
import { FileStore } from './upload/file-store.js';
import { MediaController } from './upload/media.controller.js';
import { MediaLinks } from './upload/media-links.js';
import { UploadController } from './upload/upload.controller.js';
import { VideoDrafts } from './video/video-drafts.js';
import { VideoReadController } from './video/video-read.controller.js';
import { VideoSubmitController } from './video/video-submit.controller.js';
import { DeliveryController } from './webhook/delivery.controller.js';
import { EndpointController } from './webhook/endpoint.controller.js';

const app = 'gateway';

@Module({})
export class GatewayModule {
  static register(config: GatewayConfig): DynamicModule {
    return {
      module: GatewayModule,
      imports: [
        DiscoveryModule,
        DatabaseModule.register({ ...config.database, applicationName: app }),
        MessagingModule.register({ app, url: config.natsUrl, relay: true }),
      ],
      controllers: [
        NativeController,
        TaskStreamController,
        VideoSubmitController,
        VideoReadController,
        SessionController,
        ProjectController,
        ModelController,
        CreditController,
        UploadController,
        MediaController,
        EndpointController,
        DeliveryController,
        ApiKeyController,
        AdminAccountController,
        AdminChannelController,
        AdminCreditController,
        AdminPlatformController,
        LandingController,
        DocsController,
      ],
      providers: [
        { provide: Settings, useValue: new Settings(config) },
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_FILTER, useClass: EdgeErrors },
        { provide: APP_PIPE, useFactory: schemaPipe },
        Readiness,
        RouteAudit,
        RouteTable,
        Routes,
        Authenticator,
        Admission,
        SpokenDialect,
        KeyUsage,
        Limiter,
        Idempotency,
        CallbackUrls,
        Intake,
        TaskSubmissions,
        TaskReads,
        TaskWatch,
        LongPoll,
        Streams,
        ModelList,
        FileStore,
        MediaLinks,
        VideoDrafts,
        ApiKeys,
        Accounts,
      ],
    };
  }
}

/** For `@Body({ schema })` and `@Query({ schema })`: the same refusal as the dialects make. */
function schemaPipe(): StandardSchemaValidationPipe {
  return new StandardSchemaValidationPipe({
    exceptionFactory: ([issue]) => {
      const path = (issue?.path ?? []).map((part) => (typeof part === 'object' ? part.key : part));
      return fieldError(path, issue?.message ?? 'is not valid');
    },
  });
}
