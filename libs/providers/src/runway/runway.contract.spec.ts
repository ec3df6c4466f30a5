import { readExchanges, testAdapter } from '@videoapi/provider-kit';
import { runway } from './adapter.js';

testAdapter(runway, readExchanges(new URL('exchanges', import.meta.url)));
