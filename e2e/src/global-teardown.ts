export default async function globalTeardown(): Promise<void> {
  const { stopE2eStack } = globalThis as { stopE2eStack?: () => Promise<void> };
  await stopE2eStack?.();
}
