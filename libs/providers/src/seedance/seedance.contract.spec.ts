import { readExchanges, testAdapter } from '@videoapi/provider-kit';
import { seedance } from './adapter.js';
import { seedanceCallback } from './callback.js';

testAdapter(seedance, readExchanges(new URL('exchanges', import.meta.url)), seedanceCallback);
