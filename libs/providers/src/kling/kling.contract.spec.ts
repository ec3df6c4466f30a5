import { readExchanges, testAdapter } from '@videoapi/provider-kit';
import { kling } from './adapter.js';
import { klingCallback } from './callback.js';

testAdapter(kling, readExchanges(new URL('exchanges', import.meta.url)), klingCallback);
