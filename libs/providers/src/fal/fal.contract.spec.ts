import { readExchanges, testAdapter } from '@videoapi/provider-kit';
import { fal } from './adapter.js';
import { falCallback } from './callback.js';

testAdapter(fal, readExchanges(new URL('exchanges', import.meta.url)), falCallback);
