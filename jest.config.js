/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  maxWorkers: 2,
  // Only a hang is ended by it: a machine that is busy with other work is slow, and not wrong.
  testTimeout: 120_000,
  reporters: ['default', '<rootDir>/test/support/closing-line.reporter.js'],
  testEnvironmentOptions: { customExportConditions: ['sms-pro-source', 'node', 'node-addons'] },
  roots: ['<rootDir>/libs', '<rootDir>/src', '<rootDir>/test'],
  testMatch: ['**/*.spec.ts', '**/*.e2e-spec.ts'],
  // Those have a command of their own: npm run test:long.
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '<rootDir>/test/long/', '\\.long\\.spec\\.ts$'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '/dist/package.json'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  setupFiles: ['reflect-metadata'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
          keepClassNames: true,
        },
        module: { type: 'es6' },
      },
    ],
  },
};
