/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: { '^.+\\.(ts|js)$': ['@swc/jest'] },
  transformIgnorePatterns: ['/node_modules/(?!(jose|oidc-provider)/)'],
  testTimeout: 20_000,
  // Two for each of the two cores it is meant for: half of the time a test waits, for a clock, a disk or a process.
  maxWorkers: 4,
  workerIdleMemoryLimit: '1200MB',
};
