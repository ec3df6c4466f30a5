import { type S3Access, type Settings } from './settings.js';
import { portOffsets } from './settings.js';
import { type Secrets } from './secrets.js';

/** Where everything is: what a service's environment, dev.json and the seed are made of. */
export interface Stack {
  readonly settings: Settings;
  readonly secrets: Secrets;
  readonly urls: {
    readonly gateway: string;
    readonly webhooks: string;
    readonly uploads: string;
    readonly simulator: string;
    readonly control: string;
  };
  /** With the right to create roles; its database holds every service's schema. */
  readonly postgresUrl: string;
  readonly natsUrl: string;
  readonly s3: S3Access;
}

export const database = 'videoapi';
export const serviceRole = (service: string): string => `videoapi_${service.replaceAll('-', '_')}`;

export function describeStack(settings: Settings, secrets: Secrets): Stack {
  const { outside } = settings;
  const url = (name: keyof typeof portOffsets, scheme = 'http'): string =>
    `${scheme}://127.0.0.1:${port(settings, name)}`;
  return {
    settings,
    secrets,
    urls: {
      gateway: url('gateway'),
      webhooks: url('webhooks'),
      uploads: url('uploads'),
      simulator: url('simulator'),
      control: url('control'),
    },
    postgresUrl:
      outside.postgresUrl ??
      `${url('postgres', `postgres`).replace('//', `//postgres:${secrets.postgresPassword}@`)}/${database}`,
    natsUrl: outside.natsUrl ?? url('nats', 'nats'),
    s3: outside.s3 ?? {
      endpoint: url('s3'),
      region: 'us-east-1',
      bucket: 'videoapi',
      accessKeyId: 'videoapi',
      secretAccessKey: secrets.s3SecretAccessKey,
    },
  };
}

export function port(settings: Settings, name: keyof typeof portOffsets, index = 0): number {
  return settings.portBase + portOffsets[name] + index;
}

/** The database as one service sees it. */
export function serviceDatabaseUrl(stack: Stack, service: string): string {
  const url = new URL(stack.postgresUrl);
  url.username = serviceRole(service);
  url.password = stack.secrets.rolePassword;
  return url.href;
}
