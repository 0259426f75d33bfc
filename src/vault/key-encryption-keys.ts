import { randomBytes } from 'node:crypto';
import {
  addKeyFile,
  addKeyNote,
  destroyKeyFile,
  ensureKeyFiles,
  type KeyFile,
  KeyFileUnusable,
  readKeyFiles,
  readKeyNotes,
  type Warn,
  warnOfOpenKeyFiles,
} from '../key-files';
import { KEY_BYTES } from './sealed-box';

/**
 * The keys that wrap the vault's keys, one for each epoch, kept outside the vault and apart from its backups. They
 * belong to one vault alone, which also says when one is destroyed.
 */
export interface KeyEncryptionKeys {
  /** The newest key, made when there is none; only a vault that is new itself may ask. */
  first(): EpochKey;
  /** The key of an epoch; undefined when it is not there. */
  ofEpoch(epoch: number): Uint8Array | undefined;
  /** Makes the key of the next epoch. */
  add(): EpochKey;
  /** Destroys the key of an epoch for ever. Nothing happens where it is gone already. */
  destroy(epoch: number): void;
  /**
   * Notes beside the keys that a person is forgotten: a vault that is put back from an older backup knows nothing of it,
   * and the keys stay where they are (rule E2). By the random id alone; noted again it changes nothing.
   */
  noteForgotten(subjectId: string): void;
  /** Everybody noted. */
  forgotten(): ReadonlySet<string>;
}

export interface EpochKey {
  readonly epoch: number;
  readonly key: Uint8Array;
}

/**
 * Key-encryption keys as files `vault-<epoch>.key` of 64 hexadecimal digits, readable by their owner alone.
 *
 * @throws KeyFileUnusable when a file cannot be read or is no such key; so do the methods
 */
export function keyEncryptionKeyFiles(directory: string, warn: Warn): KeyEncryptionKeys {
  warnOfOpenKeyFiles(directory, 'vault', warn);
  const known = new Map<number, Uint8Array>();
  let forgotten: Set<string> | undefined;
  const noted = () => {
    forgotten ??= new Set(readKeyNotes(directory, FORGOTTEN_FILE));
    return forgotten;
  };
  const remember = (file: KeyFile): EpochKey => {
    const key = keyOf(file);
    known.set(file.generation, key);
    return { epoch: file.generation, key };
  };
  return {
    first() {
      const newest = ensureKeyFiles(directory, 'vault', newKey, warn).at(-1);
      if (newest === undefined) throw new KeyFileUnusable(`${directory} has no vault key`);
      return remember(newest);
    },
    ofEpoch(epoch) {
      // Another node may have begun an epoch since the directory was read.
      if (!known.has(epoch)) readKeyFiles(directory, 'vault').forEach(remember);
      return known.get(epoch);
    },
    add: () => remember(addKeyFile(directory, 'vault', newKey())),
    destroy(epoch) {
      destroyKeyFile(directory, 'vault', epoch);
      known.get(epoch)?.fill(0);
      known.delete(epoch);
    },
    noteForgotten(subjectId) {
      if (noted().has(subjectId)) return;
      addKeyNote(directory, FORGOTTEN_FILE, subjectId);
      noted().add(subjectId);
    },
    forgotten: noted,
  };
}

/** Key-encryption keys that end with the process, for a vault in memory. */
export function keyEncryptionKeysInMemory(): KeyEncryptionKeys {
  const keys: (Uint8Array | undefined)[] = [];
  const forgotten = new Set<string>();
  const add = (): EpochKey => {
    const key = randomBytes(KEY_BYTES);
    return { epoch: keys.push(key), key };
  };
  return {
    first: () => {
      const newest = keys.at(-1);
      return newest === undefined ? add() : { epoch: keys.length, key: newest };
    },
    ofEpoch: (epoch) => keys[epoch - 1],
    add,
    destroy(epoch) {
      keys[epoch - 1]?.fill(0);
      keys[epoch - 1] = undefined;
    },
    noteForgotten: (subjectId) => void forgotten.add(subjectId),
    forgotten: () => forgotten,
  };
}

/** Beside the keys: ids of persons who were forgotten, one a line. */
const FORGOTTEN_FILE = 'vault-forgotten.txt';

const HEXADECIMAL_KEY = /^[0-9a-f]{64}\s*$/i;

function newKey(): string {
  return `${randomBytes(KEY_BYTES).toString('hex')}\n`;
}

function keyOf({ generation, content }: KeyFile): Uint8Array {
  if (!HEXADECIMAL_KEY.test(content)) {
    throw new KeyFileUnusable(`vault key ${generation} is not 64 hexadecimal digits`);
  }
  return Buffer.from(content.trim(), 'hex');
}
