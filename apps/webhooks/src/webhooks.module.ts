import { type DynamicModule, Module } from '@nestjs/common';
import { type MicroserviceOptions } from '@nestjs/microservices';
import { DatabaseModule, Retention } from '@videoapi/database';
import { jetStreamTransport, MessagingModule, natsTransport } from '@videoapi/messaging';
import { createSafeFetch, SafeFetch } from '@videoapi/safe-fetch';
import { DataSource } from 'typeorm';
import { CallbackController } from './callback/callback.controller.js';
import { CallbackIntake } from './callback/callback-intake.js';
import { Doorkeeper } from './callback/doorkeeper.js';
import { type CallbackVerifiers } from './callback/verifier.js';
import { type WebhooksConfig } from './config.js';
import { Bell } from './delivery/bell.js';
import { Deliverer } from './delivery/deliverer.js';
import { DeliveryRpc } from './delivery/delivery.rpc.js';
import { Dispatcher } from './delivery/dispatcher.js';
import { Reports } from './delivery/reports.js';
import { defaultLadderMs } from './delivery/schedule.js';
import { Sweeper } from './delivery/sweeper.js';
import { EndpointRpc } from './endpoint/endpoint.rpc.js';
import { SecretRpc } from './endpoint/secret.rpc.js';
import { TestRpc } from './endpoint/test.rpc.js';
import { EventConsumers } from './event/event.consumers.js';
import { EventIntake } from './event/event-intake.js';
import { Origins } from './event/origins.js';
import { Reconciler } from './event/reconciler.js';
import { deliveryRetention } from './retention.js';
import { Settings } from './settings.js';
import { Keys } from './signing/keys.js';
import { WebhooksHealth } from './webhooks-health.js';

const app = 'webhooks';
const userAgent = 'VideoAPI-Webhooks/1.0';

@Module({})
export class WebhooksModule {
  /** @param verifiers by provider: who may call back, and how its messages are judged */
  static register(
    config: WebhooksConfig,
    verifiers: CallbackVerifiers,
    { ladderMs = defaultLadderMs }: { readonly ladderMs?: readonly number[] } = {},
  ): DynamicModule {
    const { publicUrl, callbackTokenKey, callbackSecrets, slots, egress } = config;
    const settings = { publicUrl, callbackTokenKey, callbackSecrets, verifiers, slots, ladderMs };
    return {
      module: WebhooksModule,
      imports: [
        DatabaseModule.register({ ...config.database, applicationName: app }),
        MessagingModule.register({ app, url: config.natsUrl, relay: true }),
      ],
      controllers: [CallbackController, EventConsumers, EndpointRpc, SecretRpc, TestRpc, DeliveryRpc],
      providers: [
        { provide: Settings, useValue: new Settings(settings) },
        {
          provide: SafeFetch,
          useFactory: () => createSafeFetch({ userAgent, ...egress, ownHosts: [new URL(publicUrl).hostname] }),
        },
        {
          provide: Keys,
          inject: [DataSource],
          useFactory: (source: DataSource) => new Keys(source, config.secretKek),
        },
        Doorkeeper,
        CallbackIntake,
        Origins,
        EventIntake,
        Reconciler,
        Bell,
        Deliverer,
        Dispatcher,
        Reports,
        Sweeper,
        { provide: Retention, inject: [DataSource], useFactory: deliveryRetention },
        WebhooksHealth,
      ],
    };
  }
}

/** What receives besides HTTP: rpc over plain NATS, facts through JetStream. */
export function transports({ natsUrl }: WebhooksConfig): MicroserviceOptions[] {
  return [natsTransport({ app, url: natsUrl }), jetStreamTransport({ app, url: natsUrl })];
}
