import { type Channel, type ChannelTarget, type Model, type Route, type TaskMode } from '@videoapi/contracts';
import { type AdapterCapabilities } from '@videoapi/providers/catalog';

/** One way to serve a model. */
export interface RouteTarget {
  readonly channelId: string;
  readonly provider: string;
  readonly lane: string;
  readonly upstreamModel: string;
  /** Lower first. */
  readonly priority: number;
  readonly failoverAfterAcceptance: boolean;
  readonly channel: ChannelTarget;
  readonly adapter: AdapterCapabilities;
}

/** Tells two states of the catalogue apart. */
export interface Edition {
  readonly revision: string;
  /** Rises whenever an operator enters credentials. */
  readonly credentialsVersion: number;
}

export interface CatalogState extends Edition {
  readonly sandboxChannel: string;
  readonly models: readonly Model[];
  readonly channels: readonly (Channel & { readonly draining: boolean })[];
}

/** The catalogue in force, indexed. Immutable: a change is another snapshot. */
export class CatalogSnapshot {
  private readonly modelsById: ReadonlyMap<string, Model>;
  private readonly channelsById: ReadonlyMap<string, CatalogState['channels'][number]>;
  private readonly liveRoutes: ReadonlyMap<string, readonly RouteTarget[]>;

  constructor(
    private readonly state: CatalogState,
    private readonly adapters: Readonly<Record<string, AdapterCapabilities>>,
  ) {
    this.modelsById = new Map(state.models.map((model) => [model.id, model]));
    this.channelsById = new Map(state.channels.map((channel) => [channel.id, channel]));
    this.liveRoutes = new Map(state.models.map((model) => [model.id, this.targetsOf(model)]));
  }

  get revision(): string {
    return this.state.revision;
  }

  isOf({ revision, credentialsVersion }: Edition): boolean {
    return this.state.revision === revision && this.state.credentialsVersion === credentialsVersion;
  }

  get models(): readonly Model[] {
    return this.state.models;
  }

  get channelIds(): readonly string[] {
    return this.state.channels.map((channel) => channel.id);
  }

  /** Where test-mode tasks go. */
  get sandboxChannel(): string {
    return this.state.sandboxChannel;
  }

  model(modelId: string): Model | undefined {
    return this.modelsById.get(modelId);
  }

  /** The channel as workers are told of it, also while it drains: attempts that are open on it are still polled. */
  channel(channelId: string): ChannelTarget | undefined {
    const channel = this.channelsById.get(channelId);
    return channel && targetOf(channel);
  }

  lane(channelId: string): string | undefined {
    const channel = this.channelsById.get(channelId);
    return channel && laneOf(channel);
  }

  adapter(channelId: string): AdapterCapabilities | undefined {
    const channel = this.channelsById.get(channelId);
    return channel && this.adapters[channel.provider];
  }

  /** Usable routes of a model, best first. Test mode has exactly one: the sandbox, which renders any model's name. */
  routesOf(modelId: string, mode: TaskMode): readonly RouteTarget[] {
    if (mode === 'live') return this.liveRoutes.get(modelId) ?? [];
    const sandbox = this.routeTo({ ...sandboxRoute, channel: this.state.sandboxChannel, upstreamModel: modelId });
    return sandbox === undefined ? [] : [sandbox];
  }

  private targetsOf(model: Model): readonly RouteTarget[] {
    return model.routes
      .filter((route) => route.enabled)
      .flatMap((route) => this.routeTo(route) ?? [])
      .toSorted((one, other) => one.priority - other.priority);
  }

  private routeTo(route: Route): RouteTarget | undefined {
    const channel = this.channelsById.get(route.channel);
    const adapter = channel && this.adapters[channel.provider];
    if (channel === undefined || adapter === undefined || !channel.enabled || channel.draining) return undefined;
    return {
      channelId: channel.id,
      provider: channel.provider,
      lane: laneOf(channel),
      upstreamModel: route.upstreamModel,
      priority: route.priority,
      failoverAfterAcceptance: route.failoverAfterAcceptance,
      channel: targetOf(channel),
      adapter,
    };
  }
}

const sandboxRoute = { priority: 0, enabled: true, failoverAfterAcceptance: false };

function targetOf({ id, provider, baseUrl, credentials, options }: Channel): ChannelTarget {
  return { id, provider, baseUrl, credentials, options };
}

function laneOf(channel: Channel): string {
  return channel.lane ?? channel.provider;
}
