import { type Secrets } from './secrets.js';
import { portOffsets, type S3Access, type Settings } from './settings.js';

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

const database = 'videoapi';

export const serviceRole = (service: string): string => `videoapi_${service.replaceAll('-', '_')}`;

export function describeStack(settings: Settings, secrets: Secrets): Stack {
  const { outside } = settings;
  const address = (name: keyof typeof portOffsets): string => `127.0.0.1:${port(settings, name)}`;
  return {
    settings,
    secrets,
    urls: {
      gateway: `http://${address('gateway')}`,
      webhooks: `http://${address('webhooks')}`,
      uploads: `http://${address('uploads')}`,
      simulator: `http://${address('simulator')}`,
      control: `http://${address('control')}`,
    },
    postgresUrl:
      outside.postgresUrl ?? `postgres://postgres:${secrets.postgresPassword}@${address('postgres')}/${database}`,
    natsUrl: outside.natsUrl ?? `nats://${address('nats')}`,
    s3: outside.s3 ?? {
      endpoint: `http://${address('s3')}`,
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
