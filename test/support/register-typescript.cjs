/**
 * Lets `node --require` run TypeScript sources, for tests that need a program of ours in a process of its own.
 * The sources are turned into JavaScript by the compiler and settings that jest uses.
 */
const { transformFileSync } = require('@swc/core');

require.extensions['.ts'] = (module, filename) => {
  module._compile(transformFileSync(filename).code, filename);
};
