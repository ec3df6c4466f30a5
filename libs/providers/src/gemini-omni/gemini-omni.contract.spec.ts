import { readExchanges, testAdapter } from '@videoapi/provider-kit';
import { geminiOmni } from './adapter.js';
import { geminiOmniCallback } from './callback.js';

testAdapter(geminiOmni, readExchanges(new URL('exchanges', import.meta.url)), geminiOmniCallback);
