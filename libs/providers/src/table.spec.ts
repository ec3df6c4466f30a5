import { readFileSync } from 'node:fs';
import { adapterCatalog } from './catalog.js';
import { providersPage } from './table.js';

it('docs/providers.md is what the capabilities say; `npm run providers:table` writes it', () => {
  const page = readFileSync(new URL('../../../docs/providers.md', import.meta.url), 'utf8');
  expect(page).toBe(providersPage(adapterCatalog));
});
