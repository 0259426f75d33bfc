const { accessSync, constants, statfsSync } = require('node:fs');
const { join } = require('node:path');

const MEMORY = '/dev/shm';
const ROOM_NEEDED = 2 * 2 ** 30;

/** Thousands of tests wait for their files to be on disk, which proves nothing that a soak on a disk does not. */
function hasRoomInMemory() {
  try {
    accessSync(MEMORY, constants.W_OK);
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize >= ROOM_NEEDED;
  } catch {
    return false;
  }
}

if (process.env.TMPDIR === undefined && process.env.SOAK === undefined && hasRoomInMemory()) {
  process.env.TMPDIR = MEMORY;
}
// As it is served: GraphQL looks at each value twice as long where it is told that it is being developed.
process.env.NODE_ENV = 'production';

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: { '^.+\\.(ts|js)$': ['@swc/jest'] },
  transformIgnorePatterns: ['/node_modules/(?!(jose|oidc-provider)/)'],
  testTimeout: 20_000,
  // One more than a small machine has cores: a sixth of the time is spent waiting.
  maxWorkers: 3,
  cacheDirectory: join(__dirname, 'node_modules/.cache/jest'),
};
