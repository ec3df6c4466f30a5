import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { AppError } from '@videoapi/contracts';
import { createSafeFetch, type SafeFetch, UnsafeUrlError } from '@videoapi/safe-fetch';
import { Settings } from '../settings.js';

/**
 * Refuses a callback URL that could never be delivered to, while its owner is still on the line. What a name resolves to
 * may change: the webhooks service checks that at every attempt.
 */
@Injectable()
export class CallbackUrls implements OnApplicationShutdown {
  private readonly guard: SafeFetch;

  constructor({ value }: Settings) {
    this.guard = createSafeFetch({
      userAgent: 'VideoAPI',
      allow: value.egressAllow,
      allowHttp: value.allowHttpCallbacks,
      ownHosts: [new URL(value.publicUrl).hostname],
    });
  }

  /** @throws AppError `invalid_field` */
  check(url: string): void {
    try {
      this.guard.check(url);
    } catch (error) {
      if (!(error instanceof UnsafeUrlError)) throw error;
      const message = 'The callback URL is not a public address.';
      throw new AppError('invalid_field', message, { param: 'callback', cause: error });
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.guard.close();
  }
}
