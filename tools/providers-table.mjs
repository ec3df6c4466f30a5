// `npm run providers:table`: writes docs/providers.md from the adapters' capabilities.
import { writeFileSync } from 'node:fs';
import { adapterCatalog } from '../libs/providers/dist/catalog.js';
import { providersPage } from '../libs/providers/dist/table.js';

writeFileSync(new URL('../docs/providers.md', import.meta.url), providersPage(adapterCatalog));
