import { readdirSync } from 'node:fs';
import { adapters } from '@videoapi/providers';

const ending = '.int.spec.ts';

it('every adapter meets its wire', () => {
  const here = readdirSync(new URL('.', import.meta.url));
  const specs = here.flatMap((file) => (file.endsWith(ending) ? [file.slice(0, -ending.length)] : []));
  expect(specs.filter((name) => name !== 'every-adapter').sort()).toEqual(Object.keys(adapters).sort());
});
