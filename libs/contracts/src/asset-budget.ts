/**
 * How long the server behind a customer's asset URL may keep whom waiting, in milliseconds. Each includes the one before it
 * and leaves room for what comes after: with the order turned round, a URL that never answers would be our 503 instead of
 * the customer's 422.
 */
export const assetBudget = {
  /** uploads: one URL, from the first DNS question to the first bytes of the file. */
  probeMs: 4_000,
  /** uploads: all URLs of a request together. */
  probesMs: 6_000,
  /** orchestrator: the answer to `resolve_assets`. */
  resolveMs: 8_000,
  /** gateway: the answer to `create_task`, which is as long again as one without URLs may take. */
  createMs: 13_000,
} as const;
