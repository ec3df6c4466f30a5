import { Controller } from '@nestjs/common';
import {
  AppError,
  type ChannelCredentials,
  getChannelCredentials,
  type RpcRequest,
  type RpcResponse,
  sealCredentials,
  type SealedCredential,
  setChannelCredentials,
} from '@videoapi/contracts';
import { HandleRpc } from '@videoapi/messaging';

/** By channel, what was entered, sealed. */
export const enteredCredentials = new Map<string, Record<string, SealedCredential>>([['first', {}]]);

/** The parts of the orchestrator and of a worker that keep and seal a channel's credentials. */
@Controller()
export class FakeChannels {
  @HandleRpc(getChannelCredentials)
  async credentials({ channelId }: RpcRequest<typeof getChannelCredentials>): Promise<ChannelCredentials> {
    const entered = enteredCredentials.get(channelId);
    if (entered === undefined) throw new AppError('not_found', 'There is no such channel.');
    const enteredAt = '2026-07-02T15:00:00.000Z';
    return {
      channelId,
      provider: 'simulator',
      credentials: Object.entries(entered).map(([name, { fingerprint, lastFour }]) => ({
        name,
        reference: null,
        entered: { fingerprint, lastFour, enteredAt },
      })),
    };
  }

  @HandleRpc(setChannelCredentials)
  async setCredentials(request: RpcRequest<typeof setChannelCredentials>): Promise<ChannelCredentials> {
    const entered = enteredCredentials.get(request.channelId) ?? {};
    for (const [name, credential] of Object.entries(request.credentials)) {
      if (credential === null) delete entered[name];
      else entered[name] = credential;
    }
    return this.credentials(request);
  }

  @HandleRpc(sealCredentials)
  async seal({ credentials }: RpcRequest<typeof sealCredentials>): Promise<RpcResponse<typeof sealCredentials>> {
    const sealed = (secret: string) => ({
      sealed: `sealed:${Buffer.from(secret).toString('hex')}`,
      fingerprint: 'f1',
      lastFour: secret.slice(-4),
    });
    return {
      credentials: Object.fromEntries(Object.entries(credentials).map(([name, secret]) => [name, sealed(secret)])),
    };
  }
}
