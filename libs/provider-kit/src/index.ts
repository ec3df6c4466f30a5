export { type AdapterCapabilities } from './capability.js';
