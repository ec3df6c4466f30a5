import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { callbackVerifiers } from './callbacks.js';
import { adapterCatalog } from './catalog.js';
import { adapters } from './index.js';

const here = new URL('.', import.meta.url);
const folders = readdirSync(here, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);

describe('every provider', () => {
  it.each(folders)('%s has its files', (name) => {
    const wanted = ['capabilities.ts', 'adapter.ts', `${name}.contract.spec.ts`, 'exchanges'];
    expect(wanted.filter((file) => !existsSync(new URL(`${name}/${file}`, here)))).toEqual([]);
  });

  it('is registered once with its adapter and once with its capabilities, and they agree', () => {
    expect(Object.keys(adapters).toSorted()).toEqual(folders.toSorted());
    expect(Object.keys(adapterCatalog).toSorted()).toEqual(folders.toSorted());
    for (const name of folders) {
      expect(adapters[name]?.capabilities).toBe(adapterCatalog[name]);
      expect(adapterCatalog[name]?.provider).toBe(name);
    }
  });

  it('that calls back has a verifier, and no other has one', () => {
    const calling = folders.filter((name) => adapterCatalog[name]?.completion === 'callback');
    expect(Object.keys(callbackVerifiers).toSorted()).toEqual(calling.toSorted());
  });

  it('can be read about without loading the runtime', () => {
    const light = folders.flatMap((name) => [`${name}/capabilities.ts`, `${name}/callback.ts`]);
    const files = [...light, 'catalog.ts', 'callbacks.ts'].filter((file) => existsSync(new URL(file, here)));
    for (const file of files) {
      // Only `import type` leaves nothing behind: `import { type X }` still loads the module.
      const heavy = /^(?:import|export) (?!type ).*'@videoapi\/provider-kit'/m.exec(
        readFileSync(new URL(file, here), 'utf8'),
      );
      expect([file, heavy?.[0]]).toEqual([file, undefined]);
    }
  });
});
