export { eventually, type EventuallyOptions } from './eventually.js';
export { freePort, freePortRange } from './free-port.js';
export { type NatsOptions, type NatsServer, startNats } from './nats.js';
export { findPostgres, type PostgresOptions, type PostgresServer, startPostgres } from './postgres.js';
export { type S3Options, type S3Server, startS3 } from './s3.js';
export { type Exit, findProgram, type ServerCommand, type ServerProcess, startProcess } from './server-process.js';
export { type LocalServer, serve } from './serve.js';
export { freshDatabase, sharedNats, type SharedNats, sharedPostgres, type SharedPostgres } from './shared.js';
export { tempDir } from './temp-dir.js';
