import { randomUUID } from 'node:crypto';
import { eventually } from '@videoapi/testing';
import { type DevFile } from './stack.js';

/** A task as the native dialect shows it; only what the specs look at. */
export interface NativeTask {
  readonly task_id: string;
  readonly model: string;
  readonly status: 'pending' | 'processing' | 'completed' | 'failed';
  readonly progress: number;
  readonly url: string | null;
  readonly videos: readonly string[];
  readonly outputs: readonly { url: string; width: number; height: number; duration: number; size: number }[];
  readonly credits_reserved: number;
  readonly credits_charged: number | null;
  readonly credits_refunded: boolean;
  readonly error: { code: string; message: string } | null;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface Answer<Body = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** A small, quick video: what most specs ask for. */
export const smallVideo = { model: 'sandbox-video', prompt: 'a small test video', resolution: '240p', duration: 1 };

/** Somebody with a key, calling over plain HTTP as the documentation says. */
export class Customer {
  constructor(
    private readonly stack: DevFile,
    readonly key: string,
  ) {}

  async call<Body = unknown>(method: string, path: string, options: CallOptions = {}): Promise<Answer<Body>> {
    const response = await fetch(`${this.stack.gateway}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(options.json !== undefined && { 'content-type': 'application/json' }),
        ...options.headers,
      },
      redirect: 'manual',
      signal: AbortSignal.timeout(options.timeoutMs ?? 30_000),
      ...(options.json !== undefined && { body: JSON.stringify(options.json) }),
      ...(options.body !== undefined && { body: options.body }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    const body: Body = isJson ? JSON.parse(text) : text;
    return { status: response.status, headers: response.headers, body };
  }

  create(
    request: object,
    headers: Record<string, string> = {},
  ): Promise<Answer<{ task_id: string; error?: ErrorBody }>> {
    return this.call('POST', '/v1/video/generations', { json: request, headers });
  }

  /** Creates a task that must be accepted; its id. */
  async submit(request: object = {}): Promise<string> {
    const { status, body } = await this.create({ ...smallVideo, ...request });
    if (status !== 200) throw new Error(`not accepted: ${status} ${JSON.stringify(body)}`);
    return body.task_id;
  }

  async task(taskId: string): Promise<NativeTask> {
    return (await this.call<NativeTask>('GET', `/v1/video/generations/${taskId}`)).body;
  }

  /** Polls until the task has ended, through passing 503s. */
  async finished(taskId: string, timeoutMs = 60_000, intervalMs = 200): Promise<NativeTask> {
    return eventually(
      async () => {
        const task = await this.task(taskId);
        if (task.status !== 'completed' && task.status !== 'failed') throw new Error(`still ${JSON.stringify(task)}`);
        return task;
      },
      { timeoutMs, intervalMs },
    );
  }

  async credits(): Promise<{ balance: number; held: number; available: number }> {
    return (await this.call<{ balance: number; held: number; available: number }>('GET', '/v1/credits')).body;
  }
}

export interface CallOptions {
  readonly json?: unknown;
  readonly body?: NonNullable<RequestInit['body']>;
  readonly headers?: Record<string, string>;
  readonly timeoutMs?: number;
}

interface ErrorBody {
  readonly code: string;
  readonly type: string;
  readonly message: string;
  readonly param: string | null;
  readonly required?: number;
  readonly available?: number;
}

/** A fresh account with its own key and credits, so that a spec's sums are its own. */
export async function newCustomer(
  stack: DevFile,
  credits = 10_000,
  dialect: 'openai' | 'yishang' = 'openai',
): Promise<Customer & { readonly accountId: string }> {
  const admin = new Customer(stack, stack.keys.admin);
  const created = await admin.call<{ id: string; key: string }>('POST', '/api/admin/accounts', {
    json: { name: `e2e ${randomUUID()}` },
  });
  const accountId = created.body.id;
  const issued = await admin.call<{ key: string }>('POST', `/api/admin/accounts/${accountId}/keys`, {
    json: { name: 'e2e', dialect },
  });
  if (credits > 0) {
    await admin.call('POST', `/api/admin/accounts/${accountId}/grants`, {
      json: { amount: credits, key: randomUUID() },
    });
  }
  return Object.assign(new Customer(stack, issued.body.key), { accountId });
}
