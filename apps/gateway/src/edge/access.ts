import { SetMetadata } from '@nestjs/common';
import { type Scope } from '../api-key/scope.js';

export const accessKey = 'videoapi:access';

/** What a route asks of its caller. */
export type Access =
  { readonly kind: 'public' } | { readonly kind: 'own' } | { readonly kind: 'scope'; readonly scope: Scope };

/** The route needs a key with this scope. */
export const RequireScope = (scope: Scope) => SetMetadata(accessKey, { kind: 'scope', scope } satisfies Access);

/** The route needs no key. One that is sent is checked all the same, and its account's own view is shown. */
export const Public = () => SetMetadata(accessKey, { kind: 'public' } satisfies Access);

/** The route finds out itself who calls: it is where a key is handed in, or asked about. */
export const AdmitsItself = () => SetMetadata(accessKey, { kind: 'own' } satisfies Access);
