export { ChassisModule, chassisParts, type ChassisParts } from './chassis.module.js';
export { addressList, ConfigError, loadConfig, parseConfig, port, serviceEnv } from './config.js';
export { Drain } from './drain.js';
export { Health, type Readiness } from './health.js';
export { type HttpOptions } from './http.js';
export { createLogger, Log, type LogFields, type LoggerOptions, type LogLevel } from './logger.js';
export { Metrics } from './metrics.js';
export { scrub } from './scrub.js';
export { type Running, start, type StartOptions } from './start.js';
