// Lets Node run an app from its TypeScript source, decorators included, as jest does for specs: a stand-in is then never a
// stale build. For child processes: `node --conditions=@videoapi/source --import ./from-source.mjs main.ts`.
import { readFileSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

const { transformSync } = createRequire(import.meta.url)('@swc/core');
const jsc = {
  parser: { syntax: 'typescript', decorators: true },
  transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: true },
  target: 'es2023',
  keepClassNames: true,
};

registerHooks({
  resolve: (specifier, context, next) =>
    next(isOurs(specifier, context) ? specifier.replace(/\.js$/, '.ts') : specifier, context),
  load(url, context, next) {
    if (!url.endsWith('.ts')) return next(url, context);
    const { code } = transformSync(readFileSync(fileURLToPath(url), 'utf8'), { jsc, module: { type: 'es6' } });
    return { format: 'module', shortCircuit: true, source: code };
  },
});

function isOurs(specifier, { parentURL = '' }) {
  return specifier.startsWith('.') && parentURL.endsWith('.ts');
}
