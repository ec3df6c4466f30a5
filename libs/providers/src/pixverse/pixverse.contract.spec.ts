import { readExchanges, testAdapter } from '@videoapi/provider-kit';
import { pixverse } from './adapter.js';

testAdapter(pixverse, readExchanges(new URL('exchanges', import.meta.url)));
