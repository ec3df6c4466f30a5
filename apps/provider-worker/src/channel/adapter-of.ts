import { AppError, type ChannelTarget } from '@videoapi/contracts';
import { type Adapter } from '@videoapi/provider-kit';
import { adapters } from '@videoapi/providers';

/** @throws AppError `unavailable`: a worker of a newer release may know the provider. */
export function adapterOf({ provider }: ChannelTarget): Adapter {
  const adapter = Object.hasOwn(adapters, provider) ? adapters[provider] : undefined;
  if (adapter === undefined) throw new AppError('unavailable', `This worker has no adapter for ${provider}.`);
  return adapter;
}
