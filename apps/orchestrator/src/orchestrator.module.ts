import { type DynamicModule, Module } from '@nestjs/common';
import { type MicroserviceOptions } from '@nestjs/microservices';
import { DatabaseModule, Retention } from '@videoapi/database';
import { jetStreamTransport, MessagingModule, natsTransport } from '@videoapi/messaging';
import { DataSource } from 'typeorm';
import { AttemptRpc } from './attempt/attempt.rpc.js';
import { CatalogSnapshots } from './catalog/catalog-snapshots.js';
import { CatalogRpc } from './catalog/catalog.rpc.js';
import { CredentialRpc } from './catalog/credential.rpc.js';
import { type OrchestratorConfig } from './config.js';
import { ControlRpc } from './control/control.rpc.js';
import { ChannelNews } from './dispatch/channel-news.js';
import { Dispatcher } from './dispatch/dispatcher.service.js';
import { AfterCommit } from './engine/after-commit.js';
import { callbackSettings, Engine } from './engine/engine.js';
import { Observations } from './engine/observations.js';
import { ReportConsumers } from './engine/reports.consumers.js';
import { EstimateRpc } from './model/estimate.rpc.js';
import { ChannelMetrics } from './observe/channel.metrics.js';
import { OrchestratorHealth } from './observe/orchestrator.health.js';
import { TaskMetrics } from './observe/task.metrics.js';
import { ReadRpc } from './read/read.rpc.js';
import { historyRetention } from './retention.js';
import { Reservations } from './submission/reservations.js';
import { SubmissionRpc } from './submission/submission.rpc.js';
import { Submissions } from './submission/submissions.js';
import { CallbackConsumer } from './timer/callback.consumer.js';
import { Polls } from './timer/polls.js';
import { Timers } from './timer/timers.service.js';

const app = 'orchestrator';

@Module({})
export class OrchestratorModule {
  static register(config: OrchestratorConfig): DynamicModule {
    return {
      module: OrchestratorModule,
      imports: [
        DatabaseModule.register({ ...config.database, applicationName: app }),
        MessagingModule.register({ app, url: config.natsUrl, relay: true }),
      ],
      controllers: [
        SubmissionRpc,
        EstimateRpc,
        AttemptRpc,
        ReadRpc,
        ControlRpc,
        CatalogRpc,
        CredentialRpc,
        ReportConsumers,
        CallbackConsumer,
      ],
      providers: [
        CatalogSnapshots,
        Engine,
        Dispatcher,
        AfterCommit,
        Observations,
        OrchestratorHealth,
        TaskMetrics,
        ChannelMetrics,
        ChannelNews,
        Reservations,
        Submissions,
        Polls,
        Timers,
        {
          provide: Retention,
          inject: [DataSource],
          useFactory: (source: DataSource) => historyRetention(source, config.historyDays),
        },
        { provide: callbackSettings, useValue: { settings: callbacksOf(config) } },
      ],
    };
  }
}

/** What receives: rpc over plain NATS, reports through JetStream. */
export function transports({ natsUrl }: OrchestratorConfig): MicroserviceOptions[] {
  return [natsTransport({ app, url: natsUrl }), jetStreamTransport({ app, url: natsUrl })];
}

function callbacksOf({ callbackBaseUrl, callbackTokenKey }: OrchestratorConfig) {
  return callbackBaseUrl === undefined ? undefined : { baseUrl: callbackBaseUrl, tokenKey: callbackTokenKey };
}
