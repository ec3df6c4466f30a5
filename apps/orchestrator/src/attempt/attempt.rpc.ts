import { Controller, type OnApplicationShutdown } from '@nestjs/common';
import { beginSubmit, type RpcRequest, type RpcResponse } from '@videoapi/contracts';
import { Batcher } from '@videoapi/database';
import { HandleRpc } from '@videoapi/messaging';
import { DataSource } from 'typeorm';
import { grantPermits, type Permit, type PermitRequest } from './permit.js';

@Controller()
export class AttemptRpc implements OnApplicationShutdown {
  private readonly permits: Batcher<PermitRequest, Permit>;

  constructor(source: DataSource) {
    this.permits = new Batcher({
      name: 'permits',
      maxItems: 256,
      workers: 2,
      maxQueued: 8_192,
      flush: (requests) => grantPermits(source, requests),
    });
  }

  @HandleRpc(beginSubmit)
  async begin({ attempts }: RpcRequest<typeof beginSubmit>): Promise<RpcResponse<typeof beginSubmit>> {
    return { permits: await Promise.all(attempts.map((request) => this.permits.submit(request))) };
  }

  /** The transports have finished what they had in hand by now. */
  async onApplicationShutdown(): Promise<void> {
    await this.permits.close();
  }
}
