// One configuration for every package. Libraries resolve to their source through the `@videoapi/source` condition, so no
// test ever runs against a stale build. Projects differ only in which files they match and how long a test may take.
const base = {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@videoapi/source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/.*/dist/', '<rootDir>/.videoapi/'],
  setupFiles: ['reflect-metadata'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: true },
          target: 'es2023',
          experimental: { keepImportAttributes: true },
          keepClassNames: true,
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
};

export default {
  workerIdleMemoryLimit: '768MB',
  maxWorkers: 2,
  // Real servers and a busy machine: a test that hangs is told by its own deadline, not by jest's 5 s.
  testTimeout: 90_000,
  projects: [
    {
      ...base,
      displayName: 'unit',
      testMatch: ['<rootDir>/{apps,libs,tools}/*/src/**/*.spec.ts'],
    },
    {
      ...base,
      displayName: 'integration',
      testMatch: ['<rootDir>/{apps,libs,tools}/*/test/**/*.int.spec.ts'],
    },
    {
      ...base,
      displayName: 'e2e',
      globalSetup: '<rootDir>/e2e/global-setup.mjs',
      globalTeardown: '<rootDir>/e2e/global-teardown.mjs',
      testMatch: ['<rootDir>/e2e/src/**/*.e2e.spec.ts'],
    },
  ],
};
