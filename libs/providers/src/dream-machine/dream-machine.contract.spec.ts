import { readExchanges, testAdapter } from '@videoapi/provider-kit';
import { dreamMachine } from './adapter.js';
import { dreamMachineCallback } from './callback.js';

testAdapter(dreamMachine, readExchanges(new URL('exchanges', import.meta.url)), dreamMachineCallback);
