import { join } from 'node:path';
import { z } from 'zod';

const environment = z.object({
  VIDEOAPI_HOME: z.string().min(1).optional(),
  VIDEOAPI_PORT_BASE: z.coerce.number().int().min(1024).max(65_000).default(8080),
  VIDEOAPI_POSTGRES_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  VIDEOAPI_NATS_URL: z.url({ protocol: /^(nats|tls)$/ }).optional(),
  VIDEOAPI_S3_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  VIDEOAPI_S3_REGION: z.string().default('us-east-1'),
  VIDEOAPI_S3_BUCKET: z.string().default('videoapi'),
  VIDEOAPI_S3_ACCESS_KEY_ID: z.string().optional(),
  VIDEOAPI_S3_SECRET_ACCESS_KEY: z.string().optional(),
});

/** How to reach a bucket and with which credentials. */
export interface S3Access {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface Settings {
  /** Everything that is kept: data, logs, secrets, dev.json. */
  readonly home: string;
  readonly portBase: number;
  /** Servers that run elsewhere and are used instead of ours. */
  readonly outside: {
    /** A superuser's URL, or one that may create roles and schemas. Its database is used as it is. */
    readonly postgresUrl?: string;
    readonly natsUrl?: string;
    /** The bucket must exist. */
    readonly s3?: S3Access;
  };
}

/** Ports are the base plus these; health ports follow from `health` on, one per service. */
export const portOffsets = {
  gateway: 0,
  webhooks: 1,
  uploads: 2,
  simulator: 3,
  postgres: 10,
  nats: 11,
  s3: 12,
  control: 13,
  health: 20,
} as const;

/** @throws Error that names every wrong variable, and no value. */
export function readSettings(env: NodeJS.ProcessEnv, root: string): Settings {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`wrong environment\n${problems.join('\n')}`);
  }
  const values = parsed.data;
  const s3 = outsideS3(values);
  return {
    home: values.VIDEOAPI_HOME ?? join(root, '.videoapi'),
    portBase: values.VIDEOAPI_PORT_BASE,
    outside: {
      ...(values.VIDEOAPI_POSTGRES_URL === undefined ? {} : { postgresUrl: values.VIDEOAPI_POSTGRES_URL }),
      ...(values.VIDEOAPI_NATS_URL === undefined ? {} : { natsUrl: values.VIDEOAPI_NATS_URL }),
      ...(s3 === undefined ? {} : { s3 }),
    },
  };
}

function outsideS3(values: z.output<typeof environment>): S3Access | undefined {
  if (values.VIDEOAPI_S3_ENDPOINT === undefined) return undefined;
  const { VIDEOAPI_S3_ACCESS_KEY_ID: accessKeyId, VIDEOAPI_S3_SECRET_ACCESS_KEY: secretAccessKey } = values;
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new Error('VIDEOAPI_S3_ENDPOINT needs VIDEOAPI_S3_ACCESS_KEY_ID and VIDEOAPI_S3_SECRET_ACCESS_KEY');
  const { VIDEOAPI_S3_ENDPOINT: endpoint, VIDEOAPI_S3_REGION: region, VIDEOAPI_S3_BUCKET: bucket } = values;
  return { endpoint, region, bucket, accessKeyId, secretAccessKey };
}
