export const scopes = [
  'tasks:write',
  'tasks:read',
  'uploads:write',
  'credits:read',
  'webhooks:manage',
  'keys:manage',
  'admin',
] as const;
/** What a key may do. */
export type Scope = (typeof scopes)[number];

/** A new key gets all but the last two: they make or spend what the others only use. */
export const defaultScopes: readonly Scope[] = scopes.slice(0, -2);

export function isScope(value: string): value is Scope {
  return scopes.some((scope) => scope === value);
}

export const keyDialects = ['openai', 'yishang'] as const;
/** Which of the two documents that claim `/v1/videos` a key speaks. Other paths are open to every key. */
export type KeyDialect = (typeof keyDialects)[number];
