import { Controller } from '@nestjs/common';
import { Log } from '@videoapi/chassis';
import { type RpcRequest, type RpcResponse, sealCredentials } from '@videoapi/contracts';
import { HandleRpc } from '@videoapi/messaging';
import { Vault } from './vault.js';

@Controller()
export class CredentialRpc {
  constructor(
    private readonly vault: Vault,
    private readonly log: Log,
  ) {}

  /** Keeps nothing: whoever asked stores what was sealed. */
  @HandleRpc(sealCredentials)
  seal({ channelId, credentials }: RpcRequest<typeof sealCredentials>): Promise<RpcResponse<typeof sealCredentials>> {
    const sealed = Object.entries(credentials).map(
      ([name, secret]) => [name, this.vault.seal(channelId, name, secret)] as const,
    );
    this.log.info({ event: 'credentials_sealed', channelId, names: Object.keys(credentials) });
    return Promise.resolve({ credentials: Object.fromEntries(sealed) });
  }
}
