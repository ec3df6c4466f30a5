import { type AdapterChannel } from '@videoapi/provider-kit';
import { z } from 'zod';

const optionsSchema = z.object({
  region: z.enum(['international', 'china']).optional(),
  workspaceId: z.string().min(1).optional(),
});

export interface Place {
  /** The Chinese pages know fewer fields: what they do not name is not sent there. */
  readonly isChina: boolean;
  readonly workspaceId: string | undefined;
}

/** @throws ZodError for options that it does not know: the channel is refused, not used otherwise than meant. */
export function placeOf({ baseUrl, options }: AdapterChannel): Place {
  const { region, workspaceId } = optionsSchema.parse(options);
  const isChinese = URL.parse(baseUrl)?.hostname.endsWith('.cn') === true;
  return { isChina: region === undefined ? isChinese : region === 'china', workspaceId };
}
