import common from './jest.config.js';

/**
 * The tests that kill processes, start fleets and wait for leases: `npm run test:long`.
 * @type {import('jest').Config}
 */
export default {
  ...common,
  roots: ['<rootDir>/test/long', '<rootDir>/libs'],
  testMatch: ['<rootDir>/test/long/**/*.e2e-spec.ts', '**/*.long.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  testTimeout: 300_000,
};
