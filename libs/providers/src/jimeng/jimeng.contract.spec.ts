import { readExchanges, testAdapter } from '@videoapi/provider-kit';
import { jimeng } from './adapter.js';

testAdapter(jimeng, readExchanges(new URL('exchanges', import.meta.url)));
