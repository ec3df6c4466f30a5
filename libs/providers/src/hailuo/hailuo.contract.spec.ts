import { readExchanges, testAdapter } from '@videoapi/provider-kit';
import { hailuo } from './adapter.js';
import { hailuoCallback } from './callback.js';

testAdapter(hailuo, readExchanges(new URL('exchanges', import.meta.url)), hailuoCallback);
