import { readExchanges, testAdapter } from '@videoapi/provider-kit';
import { googleVeo } from './adapter.js';

testAdapter(googleVeo, readExchanges(new URL('exchanges', import.meta.url)));
