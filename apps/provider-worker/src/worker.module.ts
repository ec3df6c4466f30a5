import { type DynamicModule, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { type MicroserviceOptions } from '@nestjs/microservices';
import { Drain, Health, Log } from '@videoapi/chassis';
import { AppError } from '@videoapi/contracts';
import { jetStreamTransport, MessagingModule, Nats, natsTransport, RpcClient } from '@videoapi/messaging';
import { Caller, Downloads, ProviderHttp, ProviderRuntime, Secrets } from '@videoapi/provider-kit';
import { createSafeFetch } from '@videoapi/safe-fetch';
import { AdoptConsumer } from './adopt/adopt.consumer.js';
import { CancelConsumer } from './cancel/cancel.consumer.js';
import { CallObserver } from './channel/call-observer.js';
import { Gates } from './channel/gates.js';
import { LastCall } from './channel/last-call.js';
import { type WorkerConfig } from './config.js';
import { CredentialRpc } from './credential/credential.rpc.js';
import { Vault } from './credential/vault.js';
import { Observer } from './poll/observer.js';
import { PollConsumer } from './poll/poll.consumer.js';
import { Staging } from './poll/staging.js';
import { Reports } from './report/reports.js';
import { Assets } from './submit/assets.js';
import { Permits } from './submit/permits.js';
import { Submission } from './submit/submission.js';
import { SubmitConsumer } from './submit/submit.consumer.js';

const app = 'provider-worker';
const userAgent = 'VideoAPI/1.0';
/** 2 GB at 3.5 MB/s. Milliseconds. */
const downloadTimeoutMs = 600_000;

@Injectable()
class Connections implements OnApplicationShutdown {
  constructor(
    private readonly http: ProviderHttp,
    nats: Nats,
    health: Health,
  ) {
    health.check('nats', async () => {
      if (!nats.connected) throw new AppError('unavailable', 'Not connected to NATS.');
    });
  }

  /** The transports have finished what they had in hand by now. */
  async onApplicationShutdown(): Promise<void> {
    await this.http.close();
  }
}

@Module({})
export class WorkerModule {
  static register(config: WorkerConfig): DynamicModule {
    return {
      module: WorkerModule,
      imports: [MessagingModule.register({ app, url: config.natsUrl })],
      controllers: [SubmitConsumer, PollConsumer, AdoptConsumer, CancelConsumer, CredentialRpc],
      providers: [
        Permits,
        Assets,
        Reports,
        Observer,
        CallObserver,
        Connections,
        {
          provide: Vault,
          inject: [Log],
          useFactory: (log: Log) => new Vault(config.credentialKeks, log),
        },
        { provide: Gates, useValue: new Gates(config.channelConcurrency) },
        ...providerAccess(config),
        {
          provide: Staging,
          inject: [RpcClient, Downloads],
          useFactory: (rpc: RpcClient, downloads: Downloads) => new Staging(rpc, downloads, config.downloadsAtOnce),
        },
        {
          provide: Submission,
          inject: [Permits, Assets, ProviderRuntime, Reports, Log],
          useFactory: (permits: Permits, assets: Assets, runtime: ProviderRuntime, reports: Reports, log: Log) =>
            new Submission({ permits, assets, runtime, reports, log, submitTimeoutMs: config.submitTimeoutMs }),
        },
      ],
    };
  }
}

/** What receives: orders of the lanes that this process was deployed for. Only who has a key is asked to seal with it. */
export function transports({ natsUrl, lanes, credentialKeks }: WorkerConfig): MicroserviceOptions[] {
  const jobs = jetStreamTransport({ app, url: natsUrl, lanes });
  return credentialKeks.length === 0 ? [jobs] : [jobs, natsTransport({ app, url: natsUrl })];
}

function providerAccess(config: WorkerConfig) {
  const { submitTimeoutMs, readTimeoutMs, maxResultBytes, secretEnv, assetAllow } = config;
  return [
    {
      provide: LastCall,
      inject: [Drain],
      useFactory: (drain: Drain) => new LastCall(drain, config.shutdownGraceMs),
    },
    { provide: ProviderHttp, useFactory: () => new ProviderHttp() },
    {
      provide: Caller,
      inject: [ProviderHttp, CallObserver, LastCall, Vault],
      useFactory: (http: ProviderHttp, observer: CallObserver, { signal }: LastCall, vault: Vault) =>
        new Caller({
          http,
          signal,
          secrets: new Secrets({ env: secretEnv, open: (...place) => vault.open(...place) }),
          assets: createSafeFetch({ userAgent, allow: assetAllow, maxUrlLength: 8_192 }),
          observe: (report) => observer.observe(report),
        }),
    },
    {
      provide: ProviderRuntime,
      inject: [Caller, CallObserver],
      useFactory: (caller: Caller, observer: CallObserver) =>
        new ProviderRuntime(caller, {
          submitTimeoutMs,
          readTimeoutMs,
          onOutcome: (...facts) => observer.concluded(...facts),
          onAdapterError: (...facts) => observer.adapterFailed(...facts),
        }),
    },
    {
      provide: Downloads,
      inject: [ProviderHttp, Caller, LastCall],
      useFactory: (http: ProviderHttp, caller: Caller, { signal }: LastCall) =>
        new Downloads(http, caller, { maxBytes: maxResultBytes, timeoutMs: downloadTimeoutMs, signal }),
    },
  ];
}
