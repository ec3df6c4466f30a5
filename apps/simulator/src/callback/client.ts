import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { type CallbackMessage } from './message.js';
import { type CallbackTargets } from './targets.js';

const timeoutMs = 5_000;
/** Of an answer that is read. */
const maxAnswerBytes = 64 * 1024;
const connections = { keepAlive: true, maxSockets: 64 } as const;

/** Sends one callback. Redirects are not followed. */
export class CallbackClient {
  private readonly http = new HttpAgent(connections);
  private readonly https = new HttpsAgent(connections);

  constructor(private readonly targets: CallbackTargets) {}

  /** True for a 2xx within five seconds; its body is not read. */
  post(message: CallbackMessage): Promise<boolean> {
    return this.exchange<boolean>(message, timeoutMs, (response, resolve) => {
      response.on('error', () => undefined).resume();
      resolve(true);
    }).then((answer) => answer === true);
  }

  /** The body of a 2xx, whole and within that time; else undefined. */
  ask(message: CallbackMessage, withinMs: number): Promise<string | undefined> {
    return this.exchange<string>(message, withinMs, (response, resolve) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxAnswerBytes) response.destroy();
        else chunks.push(chunk);
      });
      response.on('error', () => resolve(undefined));
      response.on('close', () => resolve(undefined));
      response.on('end', () => resolve(Buffer.concat(chunks).toString()));
    });
  }

  close(): void {
    this.http.destroy();
    this.https.destroy();
  }

  private exchange<Answer>(
    message: CallbackMessage,
    withinMs: number,
    read: (response: IncomingMessage, resolve: (answer: Answer | undefined) => void) => void,
  ): Promise<Answer | undefined> {
    const url = URL.parse(message.url);
    if (url === null || !this.targets.permits(url)) return Promise.resolve(undefined);
    const plain = url.protocol === 'http:';
    const options = {
      method: 'POST',
      agent: plain ? this.http : this.https,
      lookup: this.targets.lookup,
      signal: AbortSignal.timeout(withinMs),
      headers: { ...message.headers, 'content-length': Buffer.byteLength(message.body) },
    };
    return new Promise((resolve) => {
      const request = (plain ? httpRequest : httpsRequest)(url, options, (response) => {
        const { statusCode = 0 } = response;
        if (statusCode >= 200 && statusCode < 300) return read(response, resolve);
        response.on('error', () => undefined).resume();
        resolve(undefined);
      });
      request.on('error', () => resolve(undefined));
      request.end(message.body);
    });
  }
}
