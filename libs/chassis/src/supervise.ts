import { type Log } from './logger.js';

/**
 * Makes the process end as a supervisor expects: the first SIGTERM or SIGINT drains and exits 0, a second one or an
 * overrun grace exits 1, and so does an error that nobody caught, because nobody knows what state it left behind.
 */
export function superviseProcess(log: Log, close: () => Promise<void>): void {
  let isStopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (isStopping) {
      log.error({ event: 'service_stopped_by_force', signal });
      process.exit(1);
    }
    isStopping = true;
    log.info({ event: 'signal_received', signal });
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ event: 'service_stop_failed', err: error });
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      log.error({ event: 'uncaught_error', origin: event, err: error });
      process.exit(1);
    });
  }
}
