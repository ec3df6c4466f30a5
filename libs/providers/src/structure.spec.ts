import { existsSync, readdirSync } from 'node:fs';
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
});
