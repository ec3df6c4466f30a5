import { readExchanges, testAdapter } from '@videoapi/provider-kit';
import { simulator } from './adapter.js';
import { simulatorCallback } from './callback.js';

testAdapter(simulator, readExchanges(new URL('exchanges', import.meta.url)), simulatorCallback);
