import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { KeyFileUnusable } from '../../src/key-files';
import { keyEncryptionKeyFiles, keyEncryptionKeysInMemory } from '../../src/vault/key-encryption-keys';
import { openSqliteVault } from '../../src/vault/sqlite/sqlite-vault';
import { restoreVault } from '../../src/vault/sqlite/vault-backup';
import {
  ERASED,
  VaultBackupExists,
  VaultCorrupt,
  VaultKeyMissing,
  VaultKeyWrong,
  VaultUnavailable,
} from '../../src/vault/vault';
import { runTypescript } from '../support/typescript-child';
import { type Clocks, DAY_MS, newClocks, type OpenVault, on } from './clocks';
import { describeEpochs } from './epochs.contract';
import { describeSubjects } from './subjects.contract';
import { describeVault } from './vault.contract';

const ORGANISATION = '018c2f6e-7b1d-7c3a-9a55-3f2b1c0d9e8f';
const KARI = { issuer: 'urn:test', claim: 'kari@skysoft.example', name: 'Kari Nordmann' };

let directory: string;
let warnings: string[];
let clocks: Clocks;
const path = () => join(directory, 'data', 'vault.db');
const keyFile = (epoch: number) => join(directory, 'keys', `vault-${epoch}.key`);
const keys = () => keyEncryptionKeyFiles(join(directory, 'keys'), (message) => warnings.push(message));
const open = async () => openSqliteVault({ path: path(), keys: keys(), ...on(clocks) });
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'samtykke-'));
  warnings = [];
  clocks = newClocks();
});
afterEach(() => rmSync(directory, { recursive: true }));

const inMemory: OpenVault = (each) =>
  openSqliteVault({ path: ':memory:', keys: keyEncryptionKeysInMemory(), ...on(each) });
let vaults = 0;
const inFile: OpenVault = (each) => {
  vaults += 1;
  const home = join(directory, String(vaults));
  const files = keyEncryptionKeyFiles(join(home, 'keys'), () => undefined);
  return openSqliteVault({ path: join(home, 'vault.db'), keys: files, ...on(each) });
};
for (const describeIt of [describeVault, describeSubjects, describeEpochs]) {
  describeIt('memory', inMemory);
  describeIt('a file', inFile);
}

/** Every byte that the vault has on disk, the write-ahead log included. */
function bytesOnDisk(): Buffer {
  const home = join(directory, 'data');
  return Buffer.concat(readdirSync(home).map((name) => readFileSync(join(home, name))));
}

/** Wrapped key, hash and sealed entry of each, as they stand in the file. */
function secretsOf(ids: readonly string[]): readonly Buffer[] {
  const database = new Database(path(), { readonly: true });
  const find = database
    .prepare<[string], [Buffer, Buffer, Buffer]>(
      'SELECT key, lookup, entry FROM directory JOIN secrets USING (slot) WHERE id = ?',
    )
    .raw();
  const secrets = ids.flatMap((id) => find.get(id) ?? []);
  database.close();
  return secrets;
}

describe('the file of a vault', () => {
  test('opened again has the same id, actors, names and peppers', async () => {
    const first = await open();
    const kari = await first.actorOf(KARI);
    const pepper = hex(await first.pepperOf(ORGANISATION));
    await first.close();
    const second = await open();
    expect(second.id).toBe(first.id);
    expect(await second.actorOf({ issuer: KARI.issuer, claim: KARI.claim })).toBe(kari);
    expect(await second.actorName(kari)).toBe(KARI.name);
    expect(hex(await second.pepperOf(ORGANISATION))).toBe(pepper);
    await second.close();
  });

  test('shows no name, claim, issuer or secret', async () => {
    const vault = await open();
    const actor = await vault.actorOf(KARI);
    const pepper = Buffer.from(await vault.pepperOf(ORGANISATION));
    const kek = Buffer.from(readFileSync(keyFile(1), 'utf8').trim(), 'hex');
    const disk = bytesOnDisk();
    for (const secret of [KARI.name, KARI.claim, KARI.issuer, 'Nordmann', pepper, kek]) {
      expect(disk.includes(secret)).toBe(false);
    }
    expect(disk.includes(actor)).toBe(true);
    await vault.close();
  });

  test('holds no byte of the key or the entry of an actor that was erased', async () => {
    const vault = await open();
    const kari = await vault.actorOf(KARI);
    const first = secretsOf([kari]);
    expect(first.map((bytes) => bytesOnDisk().includes(bytes))).toEqual([true, true, true]);
    await vault.actorOf({ ...KARI, name: 'Kari Nordmann-Hansen, med et lengre navn' });
    const kept = [...first, ...secretsOf([kari])];
    await vault.eraseActor(kari);
    expect(kept.filter((bytes) => bytesOnDisk().includes(bytes))).toEqual([]);
    await vault.close();
  });

  test('is for its owner alone, with all that stands beside it', async () => {
    const vault = await open();
    await vault.actorOf(KARI);
    const home = join(directory, 'data');
    for (const name of readdirSync(home)) expect([name, statSync(join(home, name)).mode & 0o077]).toEqual([name, 0]);
    expect(statSync(keyFile(1)).mode & 0o077).toBe(0);
    await vault.close();
  });

  test('says when it made a key, and only then', async () => {
    await (await open()).close();
    expect(warnings).toHaveLength(1);
    await (await open()).close();
    expect(warnings).toHaveLength(1);
  });

  test('says when others can reach a key', async () => {
    await (await open()).close();
    chmodSync(keyFile(1), 0o640);
    await (await open()).close();
    expect(warnings.slice(1)).toEqual([expect.stringContaining('vault-1.key')]);
  });

  test('shared by eight processes gives all of them the same people and peppers', async () => {
    const program = join('test', 'vault', 'vault-node.ts');
    const said = await Promise.all(
      Array.from({ length: 8 }, () => runTypescript(program, path(), join(directory, 'keys'))),
    );
    const nodes = said.map((words) => JSON.parse(words));
    expect(new Set(nodes.map(({ agreed }) => JSON.stringify(agreed))).size).toBe(1);
    const vault = await open();
    const { id, actors, subjects } = nodes[0].agreed;
    expect(vault.id).toBe(id);
    expect(new Set(actors).size).toBe(50);
    expect(new Set(subjects).size).toBe(150);
    expect(nodes.reduce((sum, { created }) => sum + created, 0)).toBe(150);
    expect(await vault.actorName(actors[7])).toBe('Name 7');
    await vault.close();
  }, 60_000);

  test('sees at once what another node did, an erasure and a new epoch included', async () => {
    const [here, there] = [await open(), await open()];
    const kari = await here.actorOf(KARI);
    expect(await there.actorName(kari)).toBe(KARI.name);
    clocks.nowMs += DAY_MS;
    expect(await there.beginEpoch()).toBe(2);
    while ((await there.rewrap()) > 0);
    expect(await here.actorName(kari)).toBe(KARI.name);
    await there.eraseActor(kari);
    expect(await here.actorName(kari)).toBe(ERASED);
    await here.close();
    await there.close();
  });
});

describe('a vault without its key-encryption keys', () => {
  beforeEach(async () => {
    const vault = await open();
    await vault.actorOf(KARI);
    await vault.close();
  });

  test('is not opened, and no new key is made', async () => {
    unlinkSync(keyFile(1));
    await expect(open()).rejects.toEqual(expect.any(VaultKeyMissing));
    await expect(open()).rejects.toMatchObject({ epoch: 1, code: 'VAULT_KEY_MISSING' });
    expect(readdirSync(join(directory, 'keys'))).toEqual([]);
  });

  test('is not opened with the key of another vault', async () => {
    writeFileSync(keyFile(1), 'ab'.repeat(32));
    await expect(open()).rejects.toEqual(expect.any(VaultKeyWrong));
  });

  test('is not opened with the keys of two epochs exchanged', async () => {
    const vault = await open();
    clocks.nowMs += DAY_MS;
    await vault.beginEpoch();
    await vault.close();
    renameSync(keyFile(1), keyFile(3));
    renameSync(keyFile(2), keyFile(1));
    renameSync(keyFile(3), keyFile(2));
    await expect(open()).rejects.toEqual(expect.any(VaultKeyWrong));
  });

  test.each([
    ['torn', 'ab'.repeat(20)],
    ['empty', ''],
    ['words', 'hemmelig'],
    ['a novel', 'x'.repeat(5_000)],
  ])('is not opened with a key file that is %s, which is not shown', async (_, content) => {
    writeFileSync(keyFile(1), content);
    const failure = await open().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(KeyFileUnusable);
    expect(String(failure)).not.toContain('hemmelig');
  });

  test('is not opened without the key of an older epoch that is still in use', async () => {
    const vault = await open();
    clocks.nowMs += DAY_MS;
    await vault.beginEpoch();
    await vault.close();
    unlinkSync(keyFile(1));
    await expect(open()).rejects.toMatchObject({ epoch: 1 });
  });

  test('opens with the newest key alone once all was wrapped anew', async () => {
    const vault = await open();
    clocks.nowMs += DAY_MS;
    await vault.beginEpoch();
    while ((await vault.rewrap()) > 0);
    await vault.close();
    unlinkSync(keyFile(1));
    const again = await open();
    expect(await again.actorName(await again.actorOf(KARI))).toBe(KARI.name);
    await again.close();
  });
});

describe('a vault that was tampered with', () => {
  const spoil = (statement: string) => {
    const database = new Database(path());
    database.exec(statement);
    database.close();
  };

  test("does not show one actor another's name", async () => {
    const vault = await open();
    const kari = await vault.actorOf(KARI);
    const ola = await vault.actorOf({ ...KARI, claim: 'ola', name: 'Ola' });
    spoil(`UPDATE directory SET slot = (SELECT slot FROM directory WHERE id = '${ola}') WHERE id = '${kari}'`);
    await expect(vault.actorName(kari)).rejects.toBeInstanceOf(VaultCorrupt);
    expect(await vault.actorName(ola)).toBe('Ola');
    await vault.close();
  });

  test('does not answer an altered pepper', async () => {
    const vault = await open();
    await vault.pepperOf(ORGANISATION);
    spoil("UPDATE peppers SET pepper = x'01'");
    await expect(vault.pepperOf(ORGANISATION)).rejects.toBeInstanceOf(VaultCorrupt);
    await vault.close();
  });

  test('by a file that is something else is not opened and not touched', async () => {
    mkdirSync(join(directory, 'data'));
    writeFileSync(path(), 'this is a letter, and it is long enough to be taken for a header of some kind. '.repeat(20));
    const before = readFileSync(path());
    await expect(open()).rejects.toBeInstanceOf(VaultCorrupt);
    expect(readFileSync(path()).equals(before)).toBe(true);
    unlinkSync(path());
    const database = new Database(path());
    database.exec('CREATE TABLE notes (note TEXT)');
    database.close();
    const foreign = readFileSync(path());
    await expect(open()).rejects.toBeInstanceOf(VaultCorrupt);
    expect(readFileSync(path()).equals(foreign)).toBe(true);
  });

  test('of a newer release is not opened', async () => {
    await (await open()).close();
    spoil('PRAGMA user_version = 3');
    await expect(open()).rejects.toBeInstanceOf(VaultCorrupt);
  });

  test('in a place that is no file is unavailable', async () => {
    mkdirSync(path(), { recursive: true });
    await expect(open()).rejects.toBeInstanceOf(VaultUnavailable);
  });
});

describe('a copy of a vault', () => {
  test('opens with the same keys, has the same id and all that was in it, and no key', async () => {
    const vault = await open();
    const kari = await vault.actorOf(KARI);
    const pepper = hex(await vault.pepperOf(ORGANISATION));
    const target = join(directory, 'copy');
    await vault.backup(target);
    await vault.close();
    expect(readdirSync(target)).toEqual(['vault.db']);
    expect(statSync(join(target, 'vault.db')).mode & 0o077).toBe(0);
    const copy = await openSqliteVault({ path: join(target, 'vault.db'), keys: keys() });
    expect(copy.id).toBe(vault.id);
    expect(await copy.actorName(kari)).toBe(KARI.name);
    expect(hex(await copy.pepperOf(ORGANISATION))).toBe(pepper);
    await copy.close();
  });

  test('holds what was written while it was made, or not, but never half', async () => {
    const vault = await open();
    const target = join(directory, 'copy');
    const copying = vault.backup(target);
    const actors = await Promise.all(
      Array.from({ length: 200 }, (_, turn) => vault.actorOf({ ...KARI, claim: `${turn}` })),
    );
    await copying;
    await vault.close();
    const copy = await openSqliteVault({ path: join(target, 'vault.db'), keys: keys() });
    const names = await Promise.all(actors.map((actor) => copy.actorName(actor)));
    expect(names.every((name) => name === undefined || name === KARI.name)).toBe(true);
    await copy.close();
  });

  test('put back opens as the vault it was', async () => {
    const vault = await open();
    const kari = await vault.actorOf(KARI);
    const target = join(directory, 'copy');
    await vault.backup(target);
    await vault.close();
    rmSync(join(directory, 'data'), { recursive: true });
    restoreVault(target, path());
    expect(statSync(path()).mode & 0o077).toBe(0);
    const restored = await open();
    expect(restored.id).toBe(vault.id);
    expect(await restored.actorName(kari)).toBe(KARI.name);
    await restored.close();
  });

  test('is never put over a vault, and one that is not there is not put anywhere', async () => {
    const vault = await open();
    const target = join(directory, 'copy');
    await vault.backup(target);
    await vault.close();
    expect(() => restoreVault(target, path())).toThrow(VaultBackupExists);
    expect(() => restoreVault(join(directory, 'nowhere'), join(directory, 'x', 'vault.db'))).toThrow(VaultUnavailable);
    expect(readdirSync(join(directory, 'x'))).toEqual([]);
  });
});
