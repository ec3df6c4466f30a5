import { readExchanges, testAdapter } from '@videoapi/provider-kit';
import { yishang } from './adapter.js';

testAdapter(yishang, readExchanges(new URL('exchanges', import.meta.url)));
