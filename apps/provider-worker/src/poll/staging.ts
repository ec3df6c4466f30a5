import { type ChannelTarget, presignStaging, type ResultSource } from '@videoapi/contracts';
import { type RpcClient } from '@videoapi/messaging';
import { type AdapterOutput, type Downloads } from '@videoapi/provider-kit';
import { adapterOf } from '../channel/adapter-of.js';
import { Gate } from '../channel/gate.js';

const rpcTimeoutMs = 5_000;

type Staged = { readonly sources: ResultSource[] } | { readonly problem: string };

/**
 * Results that only the channel's key opens are put where uploads finds them: credentials never travel over NATS. Safe to
 * repeat, the key of an object is made of the attempt and the output's index.
 */
export class Staging {
  private readonly gate: Gate;

  constructor(
    private readonly rpc: RpcClient,
    private readonly downloads: Downloads,
    atOnce: number,
  ) {
    this.gate = new Gate(atOnce);
  }

  /** What is in the way makes the look unreadable: the next one tries again. @throws AppError `unavailable` */
  async stage(channel: ChannelTarget, attemptId: string, outputs: readonly AdapterOutput[]): Promise<Staged> {
    const sources: ResultSource[] = [];
    for (const [index, output] of outputs.entries()) {
      const source =
        output.kind === 'url'
          ? output
          : await this.gate.run(() => this.download(channel, { attemptId, index }, output.call));
      if (typeof source === 'string') return { problem: `result ${index}: ${source}`.slice(0, 500) };
      sources.push(source);
    }
    return { sources };
  }

  private async download(
    channel: ChannelTarget,
    place: { readonly attemptId: string; readonly index: number },
    call: Extract<AdapterOutput, { kind: 'download' }>['call'],
  ): Promise<ResultSource | string> {
    const download = await this.downloads.open(adapterOf(channel), channel, call);
    if (download.kind === 'unavailable') return download.reason;
    if (download.kind === 'url') return download;
    try {
      const { contentType } = download;
      const to = await this.rpc.call(presignStaging, { ...place, contentType }, { timeoutMs: rpcTimeoutMs });
      const problem = await this.downloads.carry(download, to);
      return problem ?? { kind: 'uploaded', key: to.key };
    } finally {
      download.body.destroy();
    }
  }
}
