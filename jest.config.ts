import type { Config } from 'jest';

/**
 * Node runs the sources by type stripping; Jest needs plain ES modules, which swc makes. The global set-up starts real servers
 * (PostgreSQL, Redis) once for all test files. Each file has a database and a queue prefix of its own (tests/support).
 */
const config: Config = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } },
    ],
  },
  testMatch: [
    '<rootDir>/{apps,packages,bench}/*/{src,tests}/**/*.test.ts',
    '<rootDir>/bench/src/**/*.test.ts',
    '<rootDir>/tests/**/*.test.ts',
  ],
  globalSetup: '<rootDir>/tests/support/global-setup.ts',
  globalTeardown: '<rootDir>/tests/support/global-teardown.ts',
  reporters: ['default', '<rootDir>/tests/support/list-failures.ts'],
  // For a loaded machine: a test that passes takes a second or two.
  testTimeout: 60_000,
  maxWorkers: 2,
};

export default config;
