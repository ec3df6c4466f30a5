import { type LoggerService } from '@nestjs/common';
import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import { logLevel, type logLevels } from './config.js';
import { redaction, scrub } from './scrub.js';

export type LogLevel = (typeof logLevels)[number];

/** One line tells one outcome: `event` is a stable name to search for, the rest are its facts. */
export type LogFields = { readonly event: string } & Readonly<Record<string, unknown>>;

export interface LoggerOptions {
  /** Default: LOG_LEVEL, else `info`. */
  readonly level?: LogLevel;
  /** Default: standard output. */
  readonly destination?: DestinationStream;
}

/** JSON lines `{ level, time, service, event, … }`. Credentials are removed from every line, wherever they stand in it. */
export function createLogger(name: string, options: LoggerOptions = {}): Logger {
  const settings = {
    level: options.level ?? logLevel(),
    base: { service: name },
    timestamp: stdTimeFunctions.isoTime,
    messageKey: 'message',
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: describeError, error: describeError },
    redact: redaction,
    hooks: { streamWrite: scrub },
  };
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination);
}

/** The injectable logger of an app. */
export class Log {
  constructor(private readonly logger: Logger) {}

  debug(fields: LogFields, message?: string): void {
    this.logger.debug(fields, message);
  }

  info(fields: LogFields, message?: string): void {
    this.logger.info(fields, message);
  }

  warn(fields: LogFields, message?: string): void {
    this.logger.warn(fields, message);
  }

  error(fields: LogFields, message?: string): void {
    this.logger.error(fields, message);
  }

  /** The same logger with facts that every line of it carries, such as `taskId`. */
  with(facts: Readonly<Record<string, unknown>>): Log {
    return new Log(this.logger.child(facts));
  }
}

/** Nest's narration of its own start-up, line by line; kept for `debug`. */
const narrators = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
  'NestMicroservice',
]);

/** What Nest and libraries say through Nest's `Logger` becomes lines like our own. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: readonly unknown[]): void {
    this.write(narrators.has(contextOf(rest) ?? '') ? 'debug' : 'info', message, rest);
  }

  warn(message: unknown, ...rest: readonly unknown[]): void {
    this.write('warn', message, rest);
  }

  error(message: unknown, ...rest: readonly unknown[]): void {
    this.write('error', message, rest);
  }

  fatal(message: unknown, ...rest: readonly unknown[]): void {
    this.write('error', message, rest);
  }

  debug(message: unknown, ...rest: readonly unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: readonly unknown[]): void {
    this.write('debug', message, rest);
  }

  private write(level: LogLevel, message: unknown, rest: readonly unknown[]): void {
    const context = contextOf(rest);
    const facts = { event: 'nest', ...(context !== undefined && { context }) };
    if (message instanceof Error) this.logger[level]({ ...facts, err: message });
    else if (typeof message === 'object' && message !== null) this.logger[level]({ ...facts, ...message });
    // Nest passes an error's stack as a string before the context.
    else this.logger[level]({ ...facts, ...(rest.length > 1 && { stack: rest[0] }) }, String(message));
  }
}

function contextOf(rest: readonly unknown[]): string | undefined {
  const last = rest.at(-1);
  return typeof last === 'string' && !last.includes('\n') ? last : undefined;
}

/**
 * An error as a log may show it: not its other fields, for those of a driver hold the parameters of the statement, which
 * may be a prompt or a secret.
 */
function describeError(error: unknown, depth = 0): unknown {
  if (typeof error !== 'object' || error === null) return error;
  const field = (name: string): unknown => Reflect.get(error, name);
  const cause = field('cause');
  return {
    name: field('name'),
    message: field('message'),
    code: field('code'),
    stack: field('stack'),
    ...(cause !== undefined && depth < 3 && { cause: describeError(cause, depth + 1) }),
  };
}
