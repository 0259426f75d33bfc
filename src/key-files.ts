import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { makeDirectory } from './make-directory';

/**
 * Secrets as files in one directory, each kind in numbered generations: `token-1.key`, `token-2.key`. The greatest
 * number is the one in use; older ones stay readable for what they made. Nodes and commands share the directory, so a
 * file appears whole or not at all, and of two processes that make the first one only one wins.
 */
export interface KeyFile {
  /** Counted from 1. */
  readonly generation: number;
  readonly content: string;
}

export type KeyKind = 'token' | 'vault' | 'ledger';

/** Tells the operator something they should know. Never carries a secret. */
export type Warn = (message: string) => void;

/** A key file cannot be read, written or trusted. The message names the file, never what is in it. */
export class KeyFileUnusable extends Error {
  override readonly name = 'KeyFileUnusable';
  readonly code = 'KEY_FILE_UNUSABLE';
}

/** No key is as long; a file that is was put there by mistake. */
export const MAX_KEY_FILE_BYTES = 4_096;
/** Of what is kept beside the keys, a file each. */
const MAX_KEPT_BYTES = 128 * 1024;
const MAX_GENERATION_DIGITS = 6;
const OWNER_ONLY_FILE = 0o600;
const OTHERS = 0o077;

/**
 * Every generation of one kind, oldest first; none when the directory does not exist.
 *
 * @throws KeyFileUnusable
 */
export function readKeyFiles(directory: string, kind: KeyKind): readonly KeyFile[] {
  const pattern = new RegExp(`^${kind}-([1-9]\\d{0,${MAX_GENERATION_DIGITS - 1}})\\.key$`);
  return namesIn(directory)
    .flatMap((name) => {
      const digits = pattern.exec(name)?.[1];
      return digits === undefined ? [] : [{ generation: Number(digits), content: contentOf(join(directory, name)) }];
    })
    .sort((a, b) => a.generation - b.generation);
}

/**
 * Every generation, after making the first one, with a warning, where there is none.
 *
 * @throws KeyFileUnusable
 */
export function ensureKeyFiles(directory: string, kind: KeyKind, create: () => string, warn: Warn): readonly KeyFile[] {
  const present = readKeyFiles(directory, kind);
  if (present.length > 0) return present;
  if (placeKeyFile(directory, kind, { generation: 1, content: create() })) {
    warn(`There was no ${kind} key; made ${keyFilePath(directory, kind, 1)}. Keep a copy apart from the backups.`);
  }
  return readKeyFiles(directory, kind);
}

/**
 * Adds the next generation and returns it.
 *
 * @throws KeyFileUnusable also when another process adds one at the same time
 */
export function addKeyFile(directory: string, kind: KeyKind, content: string): KeyFile {
  const generation = (readKeyFiles(directory, kind).at(-1)?.generation ?? 0) + 1;
  const added = { generation, content };
  if (placeKeyFile(directory, kind, added)) return added;
  throw new KeyFileUnusable(`${keyFilePath(directory, kind, generation)} was made by another process just now`);
}

/**
 * Overwrites the file of a generation and removes it, durably; false when it is not there. What the disk keeps of
 * overwritten blocks is beyond reach from here.
 *
 * @throws KeyFileUnusable
 */
export function destroyKeyFile(directory: string, kind: KeyKind, generation: number): boolean {
  const path = keyFilePath(directory, kind, generation);
  try {
    const file = openSync(path, 'r+');
    try {
      writeSync(file, Buffer.alloc(fstatSync(file).size));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    unlinkSync(path);
    syncDirectory(directory);
    return true;
  } catch (error) {
    if (isFileError(error, 'ENOENT')) return false;
    throw unusable(path, error);
  }
}

/**
 * Says which files others than their owner may reach. It is no error: secrets that an orchestrator mounts often are so.
 *
 * @throws KeyFileUnusable
 */
export function warnOfOpenKeyFiles(directory: string, kind: KeyKind, warn: Warn): void {
  for (const { generation } of readKeyFiles(directory, kind)) {
    const path = keyFilePath(directory, kind, generation);
    if ((modeOf(path) & OTHERS) !== 0) warn(`${path} can be reached by others than its owner (chmod 600)`);
  }
}

function modeOf(path: string): number {
  try {
    return statSync(path).mode;
  } catch (error) {
    throw unusable(path, error);
  }
}

function keyFilePath(directory: string, kind: KeyKind, generation: number): string {
  return join(directory, `${kind}-${generation}.key`);
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isFileError(error, 'ENOENT')) return [];
    throw unusable(directory, error);
  }
}

function contentOf(path: string, maxBytes = MAX_KEY_FILE_BYTES): string {
  try {
    if (statSync(path).size > maxBytes) throw new KeyFileUnusable(`${path} is too large for a key`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw error instanceof KeyFileUnusable ? error : unusable(path, error);
  }
}

/** Writes the file beside its place and links it in; false when somebody else's stands there already. */
function placeKeyFile(directory: string, kind: KeyKind, { generation, content }: KeyFile): boolean {
  const path = keyFilePath(directory, kind, generation);
  const draft = join(directory, `.${kind}-${randomUUID()}.draft`);
  try {
    makeDirectory(directory);
    writeDurably(draft, content);
    try {
      linkSync(draft, path);
    } finally {
      unlinkSync(draft);
    }
    syncDirectory(directory);
    return true;
  } catch (error) {
    if (isFileError(error, 'EEXIST')) return false;
    throw unusable(path, error);
  }
}

function writeDurably(path: string, content: string): void {
  const file = openSync(path, 'wx', OWNER_ONLY_FILE);
  try {
    fchmodSync(file, OWNER_ONLY_FILE);
    writeSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function syncDirectory(directory: string): void {
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function isFileError(error: unknown, code: string): boolean {
  return codeOf(error) === code;
}

function unusable(path: string, error: unknown): KeyFileUnusable {
  return new KeyFileUnusable(`${path} cannot be used (${codeOf(error)})`, { cause: error });
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown error';
}

/**
 * Lines that stand beside the keys, in the order in which they were added; none where there is no such file.
 *
 * @throws KeyFileUnusable
 */
export function readKeyNotes(directory: string, name: string): readonly string[] {
  try {
    const lines = readFileSync(join(directory, name), 'utf8').split('\n');
    // What follows the last line end was never finished.
    return lines.slice(0, -1).filter((line) => line !== '');
  } catch (error) {
    if (isFileError(error, 'ENOENT')) return [];
    throw unusable(join(directory, name), error);
  }
}

/**
 * Adds a line beside the keys, for ever: it is on the disk when this answers. Several processes may add to one file.
 *
 * @throws KeyFileUnusable
 */
export function addKeyNote(directory: string, name: string, line: string): void {
  const path = join(directory, name);
  try {
    makeDirectory(directory);
    const file = openSync(path, 'a', OWNER_ONLY_FILE);
    try {
      // A line that a crash left unfinished must not swallow this one.
      writeSync(file, `\n${line}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    syncDirectory(directory);
  } catch (error) {
    throw unusable(path, error);
  }
}

/**
 * What stands in a file beside the keys; undefined where there is none.
 *
 * @throws KeyFileUnusable
 */
export function readKeptBesideKeys(directory: string, name: string): string | undefined {
  const path = join(directory, name);
  try {
    statSync(path);
  } catch (error) {
    if (isFileError(error, 'ENOENT')) return undefined;
    throw unusable(path, error);
  }
  return contentOf(path, MAX_KEPT_BYTES);
}

/**
 * Puts a file beside the keys in the place of the one that is there: whole or not at all, and on the disk when this
 * answers.
 *
 * @throws KeyFileUnusable
 */
export function replaceKeptBesideKeys(directory: string, name: string, content: string): void {
  const path = join(directory, name);
  const draft = join(directory, `.${name}-${randomUUID()}.draft`);
  try {
    makeDirectory(directory);
    try {
      writeDurably(draft, content);
      renameSync(draft, path);
    } catch (error) {
      rmSync(draft, { force: true });
      throw error;
    }
    syncDirectory(directory);
  } catch (error) {
    throw unusable(path, error);
  }
}

/**
 * Removes a file beside the keys, durably.
 *
 * @throws KeyFileUnusable
 */
export function removeKeptBesideKeys(directory: string, name: string): void {
  const path = join(directory, name);
  try {
    rmSync(path, { force: true });
    syncDirectory(directory);
  } catch (error) {
    throw unusable(path, error);
  }
}
