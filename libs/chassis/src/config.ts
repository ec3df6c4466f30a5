import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** The process ends with EX_CONFIG of sysexits.h: a supervisor can tell a bad setting from a crash. */
const badConfigurationExitCode = 78;

/** A TCP port in an environment variable. 0 takes any free one. */
export const port = z.coerce.number().int().min(0).max(65_535);

/** Addresses that outgoing calls may reach although they are not public: `CIDR` or `CIDR:port`, separated by commas. */
export const addressList = z
  .string()
  .default('')
  .transform((text) => text.split(/[\s,]+/).filter((entry) => entry !== ''));

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;

/** What every service reads. */
export const serviceEnv = {
  /** Where the service's own HTTP listens, for those that have one. */
  SERVICE_PORT: port.optional(),
  /** Where health and metrics listen, apart from the service's own traffic. */
  HEALTH_PORT: port,
  LOG_LEVEL: z.enum(logLevels).default('info'),
  /** How long a stopping service waits for work in flight, in milliseconds. */
  SHUTDOWN_GRACE_MS: z.coerce.number().int().min(0).default(25_000),
  /** Whose X-Forwarded-For to believe: `true`, or addresses and ranges separated by commas. Default nobody's. */
  TRUST_PROXY: z
    .string()
    .default('false')
    .transform((value) => (value === 'true' || value === 'false' ? value === 'true' : value.split(/\s*,\s*/))),
};

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the configuration once. `X_FILE` names a file whose content is the value of `X` (mounted secrets). When anything
 * is wrong it prints every bad name with its reason, never a value, and ends the process with code 78.
 */
export function loadConfig<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  options: { readonly env?: Environment } = {},
): Readonly<z.output<z.ZodObject<Shape>>> {
  try {
    return parseConfig(schema, options.env ?? process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(badConfigurationExitCode);
  }
}

/** What `loadConfig` does with the environment, for tests and tools. Throws ConfigError. */
export function parseConfig<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  env: Environment,
): Readonly<z.output<z.ZodObject<Shape>>> {
  const problems: string[] = [];
  const values: Record<string, string> = {};
  for (const name of Object.keys(schema.shape)) {
    const value = readValue(name, env, problems);
    if (value !== undefined) values[name] = value;
  }
  const parsed = schema.safeParse(values);
  if (!parsed.success) problems.push(...parsed.error.issues.map((issue) => describe(issue, values)));
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(parsed.data);
}

export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`Bad configuration:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** For loggers made before, or without, a configuration. A wrong value is reported by `loadConfig`. */
export function logLevel(): (typeof logLevels)[number] {
  return logLevels.find((level) => level === process.env['LOG_LEVEL']) ?? 'info';
}

/** An empty variable counts as absent: compose files and charts produce them for settings nobody made. */
function readValue(name: string, env: Environment, problems: string[]): string | undefined {
  const value = env[name] || undefined;
  const file = env[`${name}_FILE`] || undefined;
  if (file === undefined) return value;
  if (value !== undefined) {
    problems.push(`${name}: set twice, as ${name} and as ${name}_FILE`);
    return value;
  }
  try {
    return readFileSync(file, 'utf8').trimEnd();
  } catch {
    problems.push(`${name}_FILE: the file cannot be read`);
    return undefined;
  }
}

/** zod's messages name what was expected, never what was given. */
function describe(issue: z.core.$ZodIssue, values: Readonly<Record<string, string>>): string {
  const [name = 'configuration', ...inside] = issue.path.map(String);
  if (values[name] === undefined && issue.code === 'invalid_type') return `${name}: is missing`;
  return `${inside.length === 0 ? name : `${name} (at ${inside.join('.')})`}: ${issue.message}`;
}
