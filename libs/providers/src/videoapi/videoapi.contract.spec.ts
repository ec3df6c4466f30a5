import { readExchanges, testAdapter } from '@videoapi/provider-kit';
import { videoapi } from './adapter.js';

testAdapter(videoapi, readExchanges(new URL('exchanges', import.meta.url)));
