/**
 * Lets `node --require` run TypeScript sources, for tests that need a program of ours in a process of its own.
 * The sources are turned into JavaScript by the compiler and settings that jest uses. What it made of a source is kept:
 * tests start hundreds of processes.
 */
const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { version } = require('@swc/core/package.json');

const root = join(__dirname, '../..');
const kept = join(root, 'node_modules/.cache/register-typescript');
const settings = version + readFileSync(join(root, '.swcrc'), 'utf8');
mkdirSync(kept, { recursive: true });

require.extensions['.ts'] = (module, filename) => {
  module._compile(compiled(filename), filename);
};

function compiled(filename) {
  const source = readFileSync(filename, 'utf8');
  const file = join(kept, `${createHash('sha256').update(`${settings}\0${filename}\0${source}`).digest('hex')}.js`);
  try {
    return readFileSync(file, 'utf8');
  } catch {
    const { code } = require('@swc/core').transformSync(source, { filename });
    // Another process may be writing the same: whole files alone come under the name.
    writeFileSync(`${file}.${process.pid}`, code);
    renameSync(`${file}.${process.pid}`, file);
    return code;
  }
}
