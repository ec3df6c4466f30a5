import { readExchanges, testAdapter } from '@videoapi/provider-kit';
import { vidu } from './adapter.js';
import { viduCallback } from './callback.js';

testAdapter(vidu, readExchanges(new URL('exchanges', import.meta.url)), viduCallback);
