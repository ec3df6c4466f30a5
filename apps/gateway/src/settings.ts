import { type GatewayConfig } from './config.js';

/** The configuration as something Nest can inject: interfaces leave no trace at run time. */
export class Settings {
  constructor(readonly value: GatewayConfig) {}
}
