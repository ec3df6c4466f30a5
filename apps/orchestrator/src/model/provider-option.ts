import { AppError, type TaskRequest } from '@videoapi/contracts';
import { type RouteTarget } from '../catalog/snapshot.js';

/**
 * Options are passed through only when every live route's adapter declares them: a task must mean the same wherever it
 * lands, and one in test mode is held to what a live one would be.
 * @throws AppError `invalid_field`
 */
export function checkProviderOptions(
  { providerOptions }: Pick<TaskRequest, 'providerOptions'>,
  routes: readonly RouteTarget[],
): void {
  for (const name of Object.keys(providerOptions)) {
    const stranger = routes.find((route) => !route.adapter.providerOptions.includes(name));
    if (stranger === undefined) continue;
    throw new AppError('invalid_field', `The provider ${stranger.provider} has no option "${name}".`, {
      param: `providerOptions.${name}`,
    });
  }
}
