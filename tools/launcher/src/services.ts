import { port, serviceDatabaseUrl, type Stack } from './stack.js';

export interface Service {
  readonly name: string;
  /** Has a schema, and `dist/migrate.js` that brings it up to date. */
  readonly ownsSchema: boolean;
  /** Beyond what every service gets. */
  env(stack: Stack): Readonly<Record<string, string>>;
}

/** The simulator knows every access key; this is the secret that goes with it. */
const accessKey = 'ak-sim';
const secretKey = `secret-of-${accessKey}`;

/** Deliveries only. */
const loopback = '127.0.0.0/8,::1/128';

/** The order gives each its health port. */
export const services: readonly Service[] = [
  {
    name: 'gateway',
    ownsSchema: true,
    env: ({ settings, secrets, urls }) => ({
      PORT: String(port(settings, 'gateway')),
      PUBLIC_URL: urls.gateway,
      UPLOADS_URL: urls.uploads,
      API_KEY_PEPPER: secrets.apiKeyPepper,
      INTERNAL_TOKEN_KEY: secrets.internalTokenKey,
      ALLOW_HTTP_CALLBACKS: 'true',
      EGRESS_ALLOW: loopback,
    }),
  },
  { name: 'billing', ownsSchema: true, env: () => ({}) },
  {
    name: 'orchestrator',
    ownsSchema: true,
    env: ({ secrets, urls }) => ({ CALLBACK_BASE_URL: urls.webhooks, CALLBACK_TOKEN_KEY: secrets.callbackTokenKey }),
  },
  {
    name: 'uploads',
    ownsSchema: true,
    env: ({ settings, secrets, urls, s3 }) => ({
      PORT: String(port(settings, 'uploads')),
      PUBLIC_URL: urls.gateway,
      INTERNAL_TOKEN_KEY: secrets.internalTokenKey,
      MEDIA_LINK_KEY: secrets.mediaLinkKey,
      S3_ENDPOINT: s3.endpoint,
      S3_PUBLIC_ENDPOINT: s3.endpoint,
      S3_REGION: s3.region,
      S3_BUCKET: s3.bucket,
      S3_ACCESS_KEY_ID: s3.accessKeyId,
      S3_SECRET_ACCESS_KEY: s3.secretAccessKey,
      // Results only, and only from the simulator. Asset URLs of customers reach no loopback address, unless the user
      // exports an ASSET_ALLOW, as the end-to-end tests do.
      EGRESS_ALLOW: `127.0.0.1/32:${port(settings, 'simulator')}`,
    }),
  },
  {
    name: 'webhooks',
    ownsSchema: true,
    env: ({ settings, secrets, urls }) => ({
      PORT: String(port(settings, 'webhooks')),
      PUBLIC_URL: urls.gateway,
      CALLBACK_TOKEN_KEY: secrets.callbackTokenKey,
      WEBHOOK_SECRET_KEK: secrets.webhookSecretKek,
      // The simulator signs its callbacks with the key that it was called with.
      CALLBACK_SECRETS: JSON.stringify({
        kling: [secrets.simulatorApiKey, secretKey],
        replicate: [secrets.simulatorApiKey],
        simulator: [secrets.simulatorApiKey],
        vidu: [secrets.simulatorApiKey],
      }),
      // A developer's receiver runs on this machine. Nowhere else may a delivery go to a loopback address.
      EGRESS_ALLOW: loopback,
      ALLOW_HTTP_CALLBACKS: 'true',
    }),
  },
  {
    name: 'provider-worker',
    ownsSchema: false,
    env: ({ settings, secrets, urls }) => ({
      PROVIDERS: '*',
      CREDENTIAL_KEK: secrets.credentialKek,
      SIMULATOR_URL: urls.simulator,
      SIMULATOR_API_KEY: secrets.simulatorApiKey,
      SIMULATOR_ACCESS_KEY: accessKey,
      SIMULATOR_SECRET_KEY: secretKey,
      SIMULATOR_SERVICE_ACCOUNT: secrets.simulatorServiceAccount,
      // Customers' uploads, which some providers want inside the call, come from our own object store.
      ...(settings.outside.s3 === undefined && { ASSET_ALLOW: `127.0.0.1/32:${port(settings, 's3')}` }),
    }),
  },
  {
    name: 'simulator',
    ownsSchema: false,
    env: ({ settings, secrets }) => ({
      PORT: String(port(settings, 'simulator')),
      SIMULATOR_API_KEY: secrets.simulatorApiKey,
      SIMULATOR_STATE_FILE: `${settings.home}/simulator/renders.jsonl`,
      SIMULATOR_CACHE_DIR: `${settings.home}/simulator/files`,
    }),
  },
];

/** Whatever the user has exported reaches every service, so that any of its settings can be tried; ours win. */
export function environmentOf(
  service: Service,
  index: number,
  stack: Stack,
  user: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  return {
    NODE_ENV: 'production',
    LOG_LEVEL: 'info',
    DATABASE_POOL_SIZE: '10',
    SHUTDOWN_GRACE_MS: '10000',
    NODE_COMPILE_CACHE: `${stack.settings.home}/compile-cache`,
    ...user,
    NATS_URL: stack.natsUrl,
    HEALTH_PORT: String(port(stack.settings, 'health', index)),
    ...(service.ownsSchema ? { DATABASE_URL: serviceDatabaseUrl(stack, service.name) } : {}),
    ...service.env(stack),
  };
}
