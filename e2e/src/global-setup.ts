import { startStack } from './stack.js';

/** One stack for all end-to-end specs: starting it takes longer than most of them. */
export default async function globalSetup(): Promise<void> {
  const { devFile, stop } = await startStack();
  process.env['E2E_DEV_FILE'] = devFile;
  Object.assign(globalThis, { stopE2eStack: stop });
}
