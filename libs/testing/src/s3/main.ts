// The S3 server as a process of its own: S3_PORT, S3_ROOT, S3_BUCKET, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY.
import { createS3Server } from './server.js';

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set`);
  return value;
}

const server = await createS3Server({
  root: setting('S3_ROOT'),
  credentials: { accessKeyId: setting('S3_ACCESS_KEY_ID'), secretAccessKey: setting('S3_SECRET_ACCESS_KEY') },
  buckets: [setting('S3_BUCKET')],
});
server.keepAliveTimeout = 60_000;
server.listen(Number(setting('S3_PORT')), '127.0.0.1');
process.once('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
  setTimeout(() => process.exit(0), 3_000).unref();
});
