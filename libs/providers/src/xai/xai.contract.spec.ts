import { readExchanges, testAdapter } from '@videoapi/provider-kit';
import { xai } from './adapter.js';

testAdapter(xai, readExchanges(new URL('exchanges', import.meta.url)));
