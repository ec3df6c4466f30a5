import {
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
  type Provider,
} from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { Drain, Health, Log } from '@videoapi/chassis';
import { assemble, type Parts } from './assemble.js';
import { type SimulatorConfig } from './config.js';
import { ControlController } from './control/control.controller.js';
import { ControlAccess } from './control/control.guard.js';
import { Counters } from './control/counters.js';
import { Engine } from './engine/engine.js';
import { Renders } from './engine/renders.js';
import { Downloads } from './files/downloads.js';
import { FilesController } from './files/files.controller.js';
import { Accounts } from './http/accounts.js';
import { FaultFilter } from './http/fault.filter.js';
import { HeldReplies } from './http/held-replies.js';
import { Origins } from './http/origins.js';
import { Rules } from './script/rules.js';
import { Upstream } from './upstream.js';
import { wireControllers, wires } from './wire/registry.js';

const PARTS = Symbol('parts');

/** Wiring only: what there is to wire is made in `assemble`. */
@Module({})
export class SimulatorModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    @Inject(PARTS) private readonly parts: Parts,
    private readonly health: Health,
    private readonly drain: Drain,
  ) {}

  static register(config: SimulatorConfig): DynamicModule {
    return {
      module: SimulatorModule,
      controllers: [...wireControllers, FilesController, ControlController],
      providers: [
        { provide: PARTS, useFactory: (log: Log) => assemble(config, log), inject: [Log] },
        part(Engine, ({ engine }) => engine),
        part(Renders, ({ renders }) => renders),
        part(Counters, ({ counters }) => counters),
        part(Rules, ({ rules }) => rules),
        part(Accounts, ({ accounts }) => accounts),
        part(Origins, ({ origins }) => origins),
        part(HeldReplies, ({ held }) => held),
        part(Downloads, ({ downloads }) => downloads),
        part(Upstream, ({ upstream }) => upstream),
        { provide: ControlAccess, useFactory: () => new ControlAccess(config.SIMULATOR_CONTROL_TOKEN) },
        {
          provide: APP_FILTER,
          useFactory: ({ held, counters }: Parts, log: Log) =>
            new FaultFilter(wires, held, counters, (error) => log.error({ event: 'request_failed', err: error })),
          inject: [PARTS, Log],
        },
      ],
    };
  }

  onModuleInit(): void {
    this.health.check('ffmpeg', () => this.parts.ffmpeg.check());
    // Sockets that are never answered would keep the listener open until the grace is over.
    this.drain.signal.addEventListener('abort', () => this.parts.held.release());
  }

  async onApplicationShutdown(): Promise<void> {
    await this.parts.close();
  }
}

function part<T>(provide: abstract new (...args: never[]) => T, pick: (parts: Parts) => T): Provider {
  return { provide, useFactory: pick, inject: [PARTS] };
}
