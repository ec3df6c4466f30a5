import { type ZodOpenApiSecuritySchemeObject } from 'zod-openapi';
import { scopes } from '../api-key/scope.js';
import { type Access } from '../edge/access.js';
import { isProjectPath } from '../edge/dialect-of.js';

export const securitySchemes = {
  apiKey: {
    type: 'http',
    scheme: 'bearer',
    description: `An API key: \`vga_live_…\`, or \`vga_test_…\`, which costs nothing. Scopes: ${scopes.join(', ')}.`,
  },
  session: {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description: 'A token of POST /api/odin/v3/auth/token, or the API key itself, without `Bearer`.',
  },
} as const satisfies Record<string, ZodOpenApiSecuritySchemeObject>;

/** Ways to prove who calls; an empty one says that nobody need. */
export function securityOf(path: string, access: Access | undefined): Record<string, string[]>[] {
  const scope = access?.kind === 'scope' ? [access.scope] : [];
  const ways = [{ apiKey: scope }, ...(isProjectPath(path) ? [{ session: scope }] : [])];
  return access?.kind === 'scope' ? ways : [{}, ...ways];
}
