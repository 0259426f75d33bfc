/**
 * Lets `node --require` run TypeScript sources, for tests that need a program of ours in a process of its own.
 * The sources are turned into JavaScript by the compiler and settings that jest uses. Tests start hundreds of processes,
 * so that what was made of a source is kept, and what the engine made of each module, packages too: to compile them
 * again would be most of what a short command does.
 */
const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const Module = require('node:module');
const { dirname, join } = require('node:path');
const { constants, Script } = require('node:vm');
const { threadId } = require('node:worker_threads');
const { version } = require('@swc/core/package.json');

const root = join(__dirname, '../..');
const kept = join(root, 'node_modules/.cache/register-typescript');
const OPTIONS = { sourceMaps: false };
const settings = [version, JSON.stringify(OPTIONS), readFileSync(join(root, '.swcrc'), 'utf8')].join('\0');
const engine = process.version + process.arch;
mkdirSync(kept, { recursive: true });

/** Scripts of which nothing is kept yet, by the file that it belongs in. */
const unkept = new Map();
process.on('exit', () => {
  for (const [file, script] of unkept) write(file, script.createCachedData());
});

require.extensions['.ts'] = (module, filename) => {
  module._compile(javascriptOf(filename), filename);
};

const compileAnew = Module.prototype._compile;
Module.prototype._compile = function compile(source, filename, format) {
  const script = format === 'module' ? undefined : scriptOf(source, filename);
  if (script === undefined) return compileAnew.call(this, source, filename, format);
  const run = script.runInThisContext();
  return run.call(this.exports, this.exports, Module.createRequire(filename), this, filename, dirname(filename));
};

/** Undefined where it is no script, which Node tells by itself. */
function scriptOf(source, filename) {
  const wrapped = Module.wrap(source.replace(/^#!.*/, ''));
  const file = keptFile(engine, filename, wrapped, 'bin');
  const cachedData = read(file);
  const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  try {
    const script = new Script(wrapped, { filename, cachedData, importModuleDynamically });
    if (cachedData === undefined || script.cachedDataRejected) unkept.set(file, script);
    return script;
  } catch {
    return undefined;
  }
}

function javascriptOf(filename) {
  const source = readFileSync(filename, 'utf8');
  const file = keptFile(settings, filename, source, 'js');
  const known = read(file);
  if (known !== undefined) return known.toString();
  const { code } = require('@swc/core').transformSync(source, { ...OPTIONS, filename });
  write(file, code);
  return code;
}

function keptFile(made, filename, source, ending) {
  return join(kept, `${createHash('sha256').update(`${made}\0${filename}\0${source}`).digest('hex')}.${ending}`);
}

function read(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** Another process or thread may be writing the same: whole files alone come under the name. */
function write(file, content) {
  const own = `${file}.${process.pid}-${threadId}`;
  writeFileSync(own, content);
  renameSync(own, file);
}
