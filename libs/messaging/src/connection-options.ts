import { type NodeConnectionOptions } from '@nats-io/transport-node';

export interface NatsOptions {
  /** Name of the service: connection name, queue group of its rpc, prefix of its durables and inboxes. */
  readonly app: string;
  /** `nats://[user:password@|token@]host:port`, several separated by commas; `tls://` demands TLS. */
  readonly url: string;
}

/** What the client is told. It ignores credentials inside a URL, so they are taken out here. */
export function connectionOptions({ app, url }: NatsOptions): NodeConnectionOptions {
  const urls = url.split(',').map((entry) => new URL(entry.trim()));
  const [first] = urls;
  return {
    name: app,
    servers: urls.map(({ host }) => host),
    inboxPrefix: `_INBOX.${app}`,
    ...(first !== undefined && credentials(first)),
    ...(urls.some(({ protocol }) => protocol === 'tls:') && { tls: {} }),
    timeout: 2_000,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    // Two refusals in a row usually mean that the credentials are being rotated, not that the process should give up.
    ignoreAuthErrorAbort: true,
    // A half-open TCP connection is noticed after 15 s instead of 6 min.
    pingInterval: 5_000,
    maxPingOut: 2,
    // A stack trace per request costs more than the request.
    noAsyncTraces: true,
  };
}

function credentials({ username, password }: URL): Pick<NodeConnectionOptions, 'user' | 'pass' | 'token'> {
  if (username === '') return {};
  if (password === '') return { token: decodeURIComponent(username) };
  return { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
}
