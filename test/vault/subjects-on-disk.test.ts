import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { keyEncryptionKeyFiles } from '../../src/vault/key-encryption-keys';
import { unseal } from '../../src/vault/sealed-box';
import { openSqliteVault } from '../../src/vault/sqlite/sqlite-vault';
import { ERASED, type Vault, VaultCorrupt, VaultUnavailable } from '../../src/vault/vault';
import { type Clocks, DAY_MS, newClocks, on } from './clocks';

const ORGANISATION = '018c2f6e-7b1d-7c3a-9a55-3f2b1c0d9e8f';
const CANARY = 'kanarifugl-8c1f2e@skysoft.example';

let directory: string;
let clocks: Clocks;
const path = () => join(directory, 'data', 'vault.db');
const open = () => {
  const keys = keyEncryptionKeyFiles(join(directory, 'keys'), () => undefined);
  return openSqliteVault({ path: path(), keys, ...on(clocks) });
};
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'samtykke-'));
  clocks = newClocks();
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Every byte in a folder: of the vault, the write-ahead log included. */
function bytesIn(folder: string): Buffer {
  return Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));
}
const bytesOnDisk = () => bytesIn(join(directory, 'data'));

function timesIn(bytes: Buffer, part: Buffer): number {
  let times = 0;
  for (let at = bytes.indexOf(part); at >= 0; at = bytes.indexOf(part, at + 1)) times += 1;
  return times;
}

interface Secrets {
  readonly id: string;
  readonly epoch: number;
  readonly key: Buffer;
  readonly lookup: Buffer;
  readonly entry: Buffer;
}

function secretsInFile(): readonly Secrets[] {
  const database = new Database(path(), { readonly: true });
  const rows = database
    .prepare<[], Secrets>('SELECT id, epoch, key, lookup, entry FROM directory JOIN secrets USING (slot)')
    .all();
  database.close();
  return rows;
}

function spoil(statement: string): void {
  const database = new Database(path());
  database.exec(statement);
  database.close();
}

async function names(vault: Vault, from: number, count: number): Promise<readonly string[]> {
  const made = await vault.subjectsOf(
    ORGANISATION,
    Array.from({ length: count }, (_, turn) => `person ${from + turn}`),
  );
  return made.map(({ id }) => id);
}

describe('a person in the file of a vault', () => {
  test('is not to be read there, neither external id nor key', async () => {
    const vault = await open();
    const { id } = await vault.subjectOf(ORGANISATION, CANARY);
    const sealed = (await vault.subjectKey(id))?.seal(
      { stream: `subject-${id}`, eventId: 'event', type: 'ProcessingObjected', field: 'reason' },
      'fordi',
    );
    expect(sealed).toBeDefined();
    expect(bytesOnDisk().includes(CANARY)).toBe(false);
    expect(bytesOnDisk().includes(ORGANISATION)).toBe(false);
    expect(bytesOnDisk().includes(keyInClear(vault, id))).toBe(false);
    expect(bytesOnDisk().includes(id)).toBe(true);
    await vault.close();
  });

  test('is the same in both of two nodes that ask a hundred times at once', async () => {
    const [here, there] = [await open(), await open()];
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, turn) => (turn % 2 === 0 ? here : there).subjectOf(ORGANISATION, CANARY)),
    );
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
    await here.close();
    await there.close();
  });

  test('is known after the file was opened again, with the same key', async () => {
    const first = await open();
    const { id } = await first.subjectOf(ORGANISATION, CANARY);
    const tag = (await first.subjectKey(id))?.streamTag('stream');
    await first.close();
    const second = await open();
    expect(await second.subjectOf(ORGANISATION, CANARY)).toEqual({ id, created: false });
    expect((await second.subjectKey(id))?.streamTag('stream')).toBe(tag);
    expect(await second.externalIdsOf([id])).toEqual([CANARY]);
    await second.close();
  });

  test('who is given the row of somebody else is told apart from them', async () => {
    const vault = await open();
    const [kari, ola] = await names(vault, 0, 2);
    spoil(`UPDATE directory SET slot = (SELECT slot FROM directory WHERE id = '${ola}') WHERE id = '${kari}'`);
    await expect(vault.subjectKey(String(kari))).rejects.toBeInstanceOf(VaultCorrupt);
    await expect(vault.externalIdsOf([String(kari)])).rejects.toBeInstanceOf(VaultCorrupt);
    expect(await vault.externalIdsOf([String(ola)])).toEqual(['person 1']);
    await vault.close();
  });

  test('whose row was spoilt can still be erased', async () => {
    const vault = await open();
    const { id } = await vault.subjectOf(ORGANISATION, CANARY);
    spoil(`UPDATE secrets SET key = x'01', entry = x'02'`);
    expect(await vault.eraseSubject(id)).toMatchObject({ epoch: 1 });
    expect(await vault.externalIdsOf([id])).toEqual([ERASED]);
    await vault.close();
  });
});

describe('a person who was erased', () => {
  test('is nowhere in the file, the write-ahead log, or a copy made afterwards', async () => {
    const vault = await open();
    const { id } = await vault.subjectOf(ORGANISATION, CANARY);
    await vault.subjectOf(ORGANISATION, 'somebody else');
    const [secrets] = secretsInFile().filter((row) => row.id === id);
    const key = keyInClear(vault, id);
    const traces = [CANARY, key, ...Object.values({ ...secrets }).filter(Buffer.isBuffer)];
    expect(traces).toHaveLength(5);
    expect(traces.map((trace) => bytesOnDisk().includes(trace))).toEqual([false, false, true, true, true]);
    await vault.eraseSubject(id);
    expect(traces.map((trace) => bytesOnDisk().includes(trace))).toEqual(traces.map(() => false));
    expect(statSync(`${path()}-wal`).size).toBe(0);
    await vault.backup(join(directory, 'copy'));
    expect(traces.map((trace) => bytesIn(join(directory, 'copy')).includes(trace))).toEqual(traces.map(() => false));
    await vault.close();
  });

  /** Where rows move, SQLite leaves copies of them behind, which `secure_delete` does not overwrite. */
  test('left no copy where rows were moved: each key stands once in a file that grew and was rotated', async () => {
    const vault = await open();
    const ids: string[] = [];
    for (let turn = 0; turn < 20; turn += 1) ids.push(...(await names(vault, turn * 200, 200)));
    const [first, second] = ids;
    await vault.eraseSubject(String(first));
    const before = secretsInFile();
    const grown = bytesOnDisk();
    expect(before.map(({ key }) => timesIn(grown, key)).filter((times) => times !== 1)).toEqual([]);
    clocks.nowMs += DAY_MS;
    await vault.beginEpoch();
    while ((await vault.rewrap()) > 0);
    await vault.eraseSubject(String(second));
    const after = secretsInFile();
    expect(after).toHaveLength(ids.length - 2);
    const bytes = bytesOnDisk();
    expect(after.map(({ key }) => timesIn(bytes, key)).filter((times) => times !== 1)).toEqual([]);
    expect(before.filter(({ key }) => bytes.includes(key))).toEqual([]);
    await vault.close();
  }, 60_000);

  test('waits for a reader of the write-ahead log to go', async () => {
    const vault = await open();
    const { id } = await vault.subjectOf(ORGANISATION, CANARY);
    const reader = new Database(path(), { readonly: true });
    reader.exec('BEGIN; SELECT * FROM secrets;');
    const erasure = vault.eraseSubject(id);
    setTimeout(() => reader.exec('COMMIT'), 120);
    await expect(erasure).resolves.toMatchObject({ epoch: 1 });
    expect(statSync(`${path()}-wal`).size).toBe(0);
    reader.close();
    await vault.close();
  });

  test('is not said to be gone while a reader keeps the write-ahead log, but when asked again afterwards', async () => {
    const vault = await open();
    const { id } = await vault.subjectOf(ORGANISATION, CANARY);
    const reader = new Database(path(), { readonly: true });
    reader.exec('BEGIN; SELECT * FROM secrets;');
    await expect(vault.eraseSubject(id)).rejects.toBeInstanceOf(VaultUnavailable);
    expect(await vault.subjectStates([id])).toEqual(['ERASED']);
    reader.exec('COMMIT');
    expect(await vault.eraseSubject(id)).toMatchObject({ epoch: 1 });
    expect(statSync(`${path()}-wal`).size).toBe(0);
    reader.close();
    await vault.close();
  });

  test('is gone for the other node at once, but for a key in its memory', async () => {
    const [here, there] = [await open(), await open()];
    const { id } = await here.subjectOf(ORGANISATION, CANARY);
    await there.subjectKey(id);
    await here.eraseSubject(id);
    expect(await there.externalIdsOf([id])).toEqual([ERASED]);
    expect(await there.findSubjects(ORGANISATION, [CANARY])).toEqual([undefined]);
    expect(await here.subjectKey(id)).toBeUndefined();
    clocks.steadyMs += 60_000;
    expect(await there.subjectKey(id)).toBeUndefined();
    await here.close();
    await there.close();
  });
});

/** The key of a person, unwrapped with what stands on the disk. */
function keyInClear(vault: Vault, id: string): Buffer {
  const row = secretsInFile().find((each) => each.id === id);
  const keyFile = readFileSync(join(directory, 'keys', `vault-${row?.epoch}.key`), 'utf8').trim();
  return unseal(Buffer.from(keyFile, 'hex'), row?.key ?? Buffer.of(), [vault.id, 'directory', id]);
}
