import { readExchanges, testAdapter } from '@videoapi/provider-kit';
import { replicate } from './adapter.js';
import { replicateCallback } from './callback.js';

testAdapter(replicate, readExchanges(new URL('exchanges', import.meta.url)), replicateCallback);
