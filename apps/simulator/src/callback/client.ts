import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { type CallbackMessage } from './message.js';
import { type CallbackTargets } from './targets.js';

const timeoutMs = 5_000;
const connections = { keepAlive: true, maxSockets: 64 } as const;

/** Sends one callback. Redirects are not followed and the answer's body is not read. */
export class CallbackClient {
  private readonly http = new HttpAgent(connections);
  private readonly https = new HttpsAgent(connections);

  constructor(private readonly targets: CallbackTargets) {}

  /** True for a 2xx within five seconds. */
  post(message: CallbackMessage): Promise<boolean> {
    const url = URL.parse(message.url);
    if (url === null || !this.targets.permits(url)) return Promise.resolve(false);
    const plain = url.protocol === 'http:';
    const options = {
      method: 'POST',
      agent: plain ? this.http : this.https,
      lookup: this.targets.lookup,
      signal: AbortSignal.timeout(timeoutMs),
      headers: { ...message.headers, 'content-length': Buffer.byteLength(message.body) },
    };
    return new Promise((resolve) => {
      const request = (plain ? httpRequest : httpsRequest)(url, options, (response) => {
        response.on('error', () => undefined).resume();
        const { statusCode = 0 } = response;
        resolve(statusCode >= 200 && statusCode < 300);
      });
      request.on('error', () => resolve(false));
      request.end(message.body);
    });
  }

  close(): void {
    this.http.destroy();
    this.https.destroy();
  }
}
