import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  addKeyFile,
  ensureKeyFiles,
  type KeyFile,
  KeyFileUnusable,
  readKeyFiles,
  type Warn,
  warnOfOpenKeyFiles,
} from '../key-files';
import { type Signer, verifierKeyText, verifierOf } from './checkpoint-note';

/** A key that signs checkpoints of the log that its name tells. */
export interface LedgerKey extends Signer {
  readonly generation: number;
  /** True when it takes the place of a key that is lost, and so signs without it. */
  readonly replacesLost: boolean;
}

const LOST = 'replaces a lost key';
const PEM_START = '-----BEGIN PRIVATE KEY-----';

/**
 * Every key of a log in a directory, oldest first. The newest signs.
 * @throws KeyFileUnusable
 */
export function ledgerKeysOf(directory: string, origin: string): readonly LedgerKey[] {
  return allLedgerKeys(directory).filter(({ name }) => name === origin);
}

/**
 * Makes the first key of a log, where the directory has none for it.
 * @throws KeyFileUnusable
 */
export function ensureLedgerKey(directory: string, origin: string, warn: Warn): void {
  if (ledgerKeysOf(directory, origin).length > 0) {
    warnOfOpenKeyFiles(directory, 'ledger', warn);
    return;
  }
  ensureKeyFiles(directory, 'ledger', () => newLedgerKey(origin), warn);
  // A directory that another log's key stands in keeps it.
  if (ledgerKeysOf(directory, origin).length > 0) return;
  const { generation } = addKeyFile(directory, 'ledger', newLedgerKey(origin));
  warn(
    `The ledger keys in ${directory} were of another log; made key ${generation} for this one. Ask why, if it is not new.`,
  );
}

/**
 * Adds a key. The next checkpoint is signed by it and by the one before, which names it, so that whoever trusts that can
 * trust this; where that is lost, by the new one alone.
 *
 * @throws LedgerKeyMissing KeyFileUnusable
 */
export function rotateLedgerKey(directory: string, oldKeyLost = false): LedgerKey {
  const newest = readKeyFiles(directory, 'ledger').at(-1);
  if (newest === undefined) throw new LedgerKeyMissing();
  const [name = ''] = newest.content.split('\n');
  return ledgerKeyOf(addKeyFile(directory, 'ledger', newLedgerKey(name, oldKeyLost)));
}

/**
 * Adds a key for a log whose every key file is lost.
 * @param origin the name of the log, which no file tells any more
 * @throws KeyFileUnusable
 */
export function replaceLostLedgerKeys(directory: string, origin: string): LedgerKey {
  return ledgerKeyOf(addKeyFile(directory, 'ledger', newLedgerKey(origin, true)));
}

/** What others verify with: a line for signed notes, and the same key as PEM for any other tool. */
export interface PublicLedgerKey {
  readonly generation: number;
  readonly verifierKey: string;
  readonly pem: string;
}

/**
 * The public halves, oldest first.
 * @throws LedgerKeyMissing KeyFileUnusable
 */
export function exportLedgerKeys(directory: string): readonly PublicLedgerKey[] {
  const keys = allLedgerKeys(directory);
  if (keys.length === 0) throw new LedgerKeyMissing();
  return keys.map((key) => ({
    generation: key.generation,
    verifierKey: verifierKeyText(key),
    pem: key.publicKey.export({ format: 'pem', type: 'spki' }).toString(),
  }));
}

/** There is no ledger key yet: the first start makes one, since it bears the log's name. */
export class LedgerKeyMissing extends Error {
  override readonly name = 'LedgerKeyMissing';
  readonly code = 'LEDGER_KEY_MISSING';
  constructor() {
    super(
      'There is no ledger key in the keys directory. The first start makes one; or name the directory that has it.',
    );
  }
}

function allLedgerKeys(directory: string): readonly LedgerKey[] {
  return readKeyFiles(directory, 'ledger').map(ledgerKeyOf);
}

/** The name of the log, then perhaps that the key before is lost, then PKCS #8 in PEM, which tools find among other lines. */
function newLedgerKey(origin: string, oldKeyLost = false): string {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  return `${origin}\n${oldKeyLost ? `${LOST}\n` : ''}${pem}`;
}

function ledgerKeyOf({ generation, content }: KeyFile): LedgerKey {
  const start = content.indexOf(PEM_START);
  const [name = '', note] = content.slice(0, Math.max(start, 0)).split('\n');
  const privateKey = privateKeyOf(content.slice(start));
  if (start < 0 || !/^[^\s+]+$/u.test(name) || privateKey?.asymmetricKeyType !== 'ed25519') {
    throw new KeyFileUnusable(`ledger key ${generation} is not a log's name and an Ed25519 private key (PKCS #8, PEM)`);
  }
  return { ...verifierOf(name, createPublicKey(privateKey)), privateKey, generation, replacesLost: note === LOST };
}

function privateKeyOf(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}
