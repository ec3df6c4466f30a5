import { createLogger, loadConfig } from '@videoapi/chassis';
import { createDataSource } from '@videoapi/database';
import { z } from 'zod';
import { checkInvariants } from './invariants.js';
import { conservationReport } from './report.js';

/** The complete check, to be run every night, best against a replica. Ends with 1 when a promise is broken. */
const env = loadConfig(z.object({ DATABASE_URL: z.url() }));
const log = createLogger('billing-audit');
const source = createDataSource({
  url: env.DATABASE_URL,
  poolSize: 1,
  applicationName: 'billing-audit',
  statementTimeoutMs: 3_600_000,
  plans: 'fresh',
});
await source.initialize();
try {
  const violations = await checkInvariants(source);
  for (const violation of violations) log.error({ event: 'ledger_violation', ...violation });
  log.info({ event: 'ledger_audited', violations: violations.length, ...(await conservationReport(source)) });
  process.exitCode = violations.length === 0 ? 0 : 1;
} finally {
  await source.destroy();
}
