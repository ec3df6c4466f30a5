import { type DynamicModule, Module } from '@nestjs/common';
import { type MicroserviceOptions } from '@nestjs/microservices';
import { createDataSource, DatabaseModule } from '@videoapi/database';
import { jetStreamTransport, MessagingModule, natsTransport } from '@videoapi/messaging';
import { DataSource } from 'typeorm';
import { AuditConnection, Auditor } from './audit/auditor.js';
import { BillingConsumers } from './billing.consumers.js';
import { BillingHealth } from './billing.health.js';
import { BillingMetrics } from './billing.metrics.js';
import { BillingRpc } from './billing.rpc.js';
import { BillingService } from './billing.service.js';
import { type BillingConfig } from './config.js';
import { CreditsService } from './credits.service.js';
import { LedgerSettings } from './db/ledger.store.js';
import { PricesService } from './prices.service.js';
import { Housekeeping } from './housekeeping/housekeeping.js';
import { HoldSweeper } from './sweeper/hold-sweeper.js';
import { LotSweeper } from './sweeper/lot-sweeper.js';

const app = 'billing';

@Module({})
export class BillingModule {
  static register(config: BillingConfig): DynamicModule {
    return {
      module: BillingModule,
      imports: [
        DatabaseModule.register({ ...config.database, applicationName: app }),
        MessagingModule.register({ app, url: config.natsUrl, relay: true }),
      ],
      controllers: [BillingRpc, BillingConsumers],
      providers: [
        {
          provide: LedgerSettings,
          useValue: new LedgerSettings(config.lowWater, config.refundLifetime, config.batchSize),
        },
        BillingMetrics,
        BillingHealth,
        BillingService,
        CreditsService,
        PricesService,
        HoldSweeper,
        LotSweeper,
        // Asks for the DataSource, which has waited for the database to be there.
        { provide: AuditConnection, useFactory: () => connectAuditor(config), inject: [DataSource] },
        Auditor,
        Housekeeping,
      ],
    };
  }
}

/** What receives: rpc over plain NATS, resolve jobs through JetStream. */
export function transports({ natsUrl }: BillingConfig): MicroserviceOptions[] {
  return [natsTransport({ app, url: natsUrl }), jetStreamTransport({ app, url: natsUrl })];
}

async function connectAuditor({ database }: BillingConfig): Promise<AuditConnection> {
  const applicationName = `${app}-auditor`;
  const limits = { poolSize: 1, statementTimeoutMs: 60_000 };
  const source = createDataSource({ url: database.url, applicationName, plans: 'fresh', ...limits });
  return new AuditConnection(await source.initialize());
}
