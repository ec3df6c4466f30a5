import { type DynamicModule, Module } from '@nestjs/common';
import { Log } from '@videoapi/chassis';
import { DatabaseModule } from '@videoapi/database';
import { MessagingModule } from '@videoapi/messaging';
import { createSafeFetch } from '@videoapi/safe-fetch';
import { DataSource } from 'typeorm';
import { AssetResolver } from './asset/resolve.js';
import { type UploadsConfig } from './config.js';
import { Intake } from './intake/intake.js';
import { Presign } from './intake/presign.js';
import { UploadController } from './intake/upload.controller.js';
import { UploadSettings } from './intake/upload-settings.js';
import { MediaLinks } from './media/open.js';
import { MediaRpc } from './media/media.rpc.js';
import { MediaRemoval } from './media/removal.js';
import { Sweeper } from './media/sweeper.js';
import { ResultFetch } from './result/fetch.js';
import { ResultConsumer } from './result/result.consumer.js';
import { ResultJournal } from './result/result-journal.js';
import { ResultMetrics } from './result/result-metrics.js';
import { ResultStore } from './result/result-store.js';
import { Thumbnails } from './result/thumbnails.js';
import { Storage } from './storage/storage.js';
import { UploadsHealth } from './uploads-health.js';

const app = 'uploads';
const userAgent = 'VideoAPI/1.0';
/** Presigned result URLs of some providers carry session tokens of more than a thousand characters. */
const maxUrlLength = 8_192;

@Module({})
export class UploadsModule {
  static register(config: UploadsConfig): DynamicModule {
    return {
      module: UploadsModule,
      imports: [
        DatabaseModule.register({ ...config.database, applicationName: app }),
        MessagingModule.register({ app, url: config.natsUrl, relay: true }),
      ],
      controllers: [UploadController, MediaRpc, ResultConsumer],
      providers: [
        { provide: Storage, useFactory: () => new Storage(config.storage) },
        ...intake(config),
        ...assets(config),
        ...results(config),
        Sweeper,
        UploadsHealth,
      ],
    };
  }
}

function intake({ linkKey, publicUrl, internalTokenKey, upload }: UploadsConfig) {
  const { limits, maxConcurrent, maxFiles, maxPresigned } = upload;
  return [
    { provide: UploadSettings, useValue: new UploadSettings({ publicUrl, internalTokenKey, maxFiles }) },
    {
      provide: Intake,
      inject: [DataSource, Storage, MediaRemoval],
      useFactory: (source: DataSource, storage: Storage, removal: MediaRemoval) =>
        new Intake(source, storage, removal, { linkKey, limits, maxConcurrent }),
    },
    {
      provide: Presign,
      inject: [DataSource, Storage],
      useFactory: (source: DataSource, storage: Storage) =>
        new Presign(source, storage, { linkKey, maxSize: maxPresigned }),
    },
  ];
}

function assets({ publicUrl, upload, assetAllow }: UploadsConfig) {
  return [
    {
      provide: MediaRemoval,
      inject: [DataSource, Storage],
      useFactory: (source: DataSource, storage: Storage) => new MediaRemoval(source, storage),
    },
    {
      provide: MediaLinks,
      inject: [DataSource, Storage],
      useFactory: (source: DataSource, storage: Storage) => new MediaLinks(source, storage),
    },
    {
      provide: AssetResolver,
      inject: [DataSource, Storage, MediaRemoval],
      useFactory: (source: DataSource, storage: Storage, removal: MediaRemoval) => {
        const ownHosts = [new URL(publicUrl).hostname];
        const safeFetch = createSafeFetch({ userAgent, allow: assetAllow, allowHttp: true, ownHosts });
        return new AssetResolver(source, storage, removal, safeFetch, { publicUrl, limits: upload.limits });
      },
    },
  ];
}

function results({ linkKey, result }: UploadsConfig) {
  const { allow, maxBytes, thumbnailsAtOnce } = result;
  return [
    ResultJournal,
    ResultMetrics,
    {
      provide: ResultFetch,
      inject: [Storage],
      useFactory: (storage: Storage) =>
        new ResultFetch(createSafeFetch({ userAgent, allow, maxUrlLength }), storage, { maxBytes }),
    },
    {
      provide: Thumbnails,
      inject: [DataSource, Storage, Log],
      useFactory: (source: DataSource, storage: Storage, log: Log) =>
        new Thumbnails(source, storage, log, { atOnce: thumbnailsAtOnce, maxWaiting: 64 }),
    },
    {
      provide: ResultStore,
      inject: [ResultFetch, Storage, Thumbnails],
      useFactory: (fetch: ResultFetch, storage: Storage, thumbnails: Thumbnails) =>
        new ResultStore(fetch, storage, thumbnails, linkKey),
    },
  ];
}
