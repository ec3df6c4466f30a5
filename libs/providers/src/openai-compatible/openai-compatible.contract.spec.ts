import { readExchanges, testAdapter } from '@videoapi/provider-kit';
import { openaiCompatible } from './adapter.js';

testAdapter(openaiCompatible, readExchanges(new URL('exchanges', import.meta.url)));
