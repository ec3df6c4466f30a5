import { createLogger, loadConfig } from '@videoapi/chassis';
import { createDataSource } from '@videoapi/database';
import { z } from 'zod';
import { checkFolds } from './read/check-folds.js';

/** Does every history fold to its task? To be run every night, best against a replica. Ends with 1 when one does not. */
const env = loadConfig(z.object({ DATABASE_URL: z.url() }));
const log = createLogger('orchestrator-audit');
const source = createDataSource({
  url: env.DATABASE_URL,
  poolSize: 1,
  applicationName: 'orchestrator-audit',
  statementTimeoutMs: 60_000,
  plans: 'fresh',
});
await source.initialize();
try {
  const { checked, forgotten, mismatches } = await checkFolds(source);
  for (const mismatch of mismatches) log.error({ event: 'history_mismatch', ...mismatch });
  log.info({ event: 'histories_audited', checked, forgotten, mismatches: mismatches.length });
  process.exitCode = mismatches.length === 0 ? 0 : 1;
} finally {
  await source.destroy();
}
