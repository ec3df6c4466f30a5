import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { touchKeys } from './api-key.store.js';

const everyMs = 60_000;
const log = new Logger('key-usage');

/** `last_used_at`, written at most once a minute per key, all keys in one statement. Losing a minute of it harms nobody. */
@Injectable()
export class KeyUsage implements OnModuleInit, OnModuleDestroy {
  private used = new Map<string, Date>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly source: DataSource) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.flush(), everyMs);
    this.timer.unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }

  note(keyId: string): void {
    if (!this.used.has(keyId)) this.used.set(keyId, new Date());
  }

  async flush(): Promise<void> {
    if (this.used.size === 0) return;
    const used = this.used;
    this.used = new Map();
    try {
      await touchKeys(this.source, [...used.keys()], [...used.values()]);
    } catch (err) {
      log.warn({ event: 'key_usage_not_written', keys: used.size, err });
    }
  }
}
