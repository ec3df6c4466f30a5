import { readExchanges, testAdapter } from '@videoapi/provider-kit';
import { dashscope } from './adapter.js';

testAdapter(dashscope, readExchanges(new URL('exchanges', import.meta.url)));
