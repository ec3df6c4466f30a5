import { readExchanges, testAdapter } from '@videoapi/provider-kit';
import { luma } from './adapter.js';

testAdapter(luma, readExchanges(new URL('exchanges', import.meta.url)));
