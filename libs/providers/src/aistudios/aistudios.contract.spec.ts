import { readExchanges, testAdapter } from '@videoapi/provider-kit';
import { aistudios } from './adapter.js';
import { aistudiosCallback } from './callback.js';

testAdapter(aistudios, readExchanges(new URL('exchanges', import.meta.url)), aistudiosCallback);
