import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { keyEncryptionKeyFiles } from '../../src/vault/key-encryption-keys';
import { openSqliteVault } from '../../src/vault/sqlite/sqlite-vault';
import { ERASED, VaultKeyMissing } from '../../src/vault/vault';
import { newClocks, on } from './clocks';

/** What stands in `golden/vault-format-1.sql`. */
const GOLDEN = {
  id: '3ed76e8e-d4c5-44dc-99fe-1693d350cbb2',
  kari: 'f1051a33-d037-420d-8ceb-3d2651e70aa0',
  ola: 'f4902d55-ddf0-4041-b28d-89e9f64730e8',
  per: 'f7c465a1-2f0f-406d-9dcf-1a2a41acaab0',
  erasure: { keyId: 'a1629c6c-0468-4ffa-b5f8-d4cd212dcc74', epoch: 1 },
  organisation: '018c2f6e-7b1d-7c3a-9a55-3f2b1c0d9e8f',
  pepper: '3fa3b7c89f4b1b1491088f02240fc402704aaf04ff8101a9d72de17b8d204adb',
  keys: [
    '544125d456ff671b45d2f0a1f680fbf2cbfd4e1b7580a1709570d3e5aa7ae3cc',
    '9d31fa99dd27b3893fb837543767055b36b1fd664ff5473218744df64bff84dc',
  ],
};

const GOLDEN_EVENTS = join(__dirname, '..', 'golden', 'events');
/** The event that the reasons in golden events were sealed in. */
const SEALED_IN = '5b6c7d8e-9f00-5a1b-8c2d-3e4f50617283';

let directory: string;
const path = () => join(directory, 'vault.db');
const keyFile = (epoch: number) => join(directory, 'keys', `vault-${epoch}.key`);
const clocks = newClocks();
const open = () => {
  const keys = keyEncryptionKeyFiles(join(directory, 'keys'), () => undefined);
  return openSqliteVault({ path: path(), keys, ...on(clocks) });
};

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'samtykke-'));
  mkdirSync(join(directory, 'keys'), { mode: 0o700 });
  GOLDEN.keys.forEach((key, index) => {
    writeFileSync(keyFile(index + 1), `${key}\n`, { mode: 0o600 });
  });
  const database = new Database(path());
  database.exec(readFileSync(join(__dirname, 'golden', 'vault-format-1.sql'), 'utf8'));
  database.pragma('journal_mode = WAL');
  database.close();
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('a vault of format 1', () => {
  test('opens as what it was, and stays so', async () => {
    for (let turn = 0; turn < 2; turn += 1) {
      const vault = await open();
      expect(vault.id).toBe(GOLDEN.id);
      expect(await vault.actorOf({ issuer: 'urn:test', claim: 'kari' })).toBe(GOLDEN.kari);
      expect(await vault.actorOf({ issuer: 'urn:test', claim: 'per', name: 'Per' })).toBe(GOLDEN.per);
      expect(await vault.actorName(GOLDEN.kari)).toBe('Kari Nordmann');
      expect(await vault.actorName(GOLDEN.ola)).toBe(ERASED);
      expect(await vault.eraseActor(GOLDEN.ola)).toEqual(GOLDEN.erasure);
      expect(Buffer.from(await vault.pepperOf(GOLDEN.organisation)).toString('hex')).toBe(GOLDEN.pepper);
      expect(
        (await vault.epochs()).map(({ epoch, begunAtMs, hasErasures }) => [epoch, begunAtMs, hasErasures]),
      ).toEqual([
        [1, undefined, true],
        [2, undefined, false],
      ]);
      await vault.close();
    }
  });

  test("opens what was sealed under the organisation's key once, by the same derivation", async () => {
    const vault = await open();
    const key = await vault.organisationKey(GOLDEN.organisation);
    const opened = readdirSync(GOLDEN_EVENTS)
      .filter((name) => name.endsWith('.sealed-reason.json'))
      .map((name) => {
        const { type, data } = JSON.parse(readFileSync(join(GOLDEN_EVENTS, name), 'utf8'));
        const place = { stream: `policy-${data.policyId}`, eventId: SEALED_IN, type, field: 'sealedReason' };
        return [type, key.open(place, data.sealedReason)];
      });
    expect(opened.sort()).toEqual([
      ['PolicyRetired', 'Tjenesten er avviklet'],
      ['PolicyRetirementImportRevoked', 'Feil dato'],
      ['PolicyVersionImportRevoked', 'Feil dato'],
      ['PolicyVersionWithdrawn', 'Feil'],
    ]);
    await vault.close();
  });

  test('takes persons, renamed actors, new epochs and erasures from then on', async () => {
    const vault = await open();
    const { id } = await vault.subjectOf(GOLDEN.organisation, 'kunde');
    expect(await vault.actorOf({ issuer: 'urn:test', claim: 'kari', name: 'Kari' })).toBe(GOLDEN.kari);
    expect(await vault.beginEpoch()).toBe(3);
    while ((await vault.rewrap()) > 0);
    expect(await vault.actorOf({ issuer: 'urn:test', claim: 'kari' })).toBe(GOLDEN.kari);
    expect(await vault.findSubjects(GOLDEN.organisation, ['kunde'])).toEqual([id]);
    expect(await vault.eraseActor(GOLDEN.kari)).toMatchObject({ epoch: 3 });
    expect(await vault.actorOf({ issuer: 'urn:test', claim: 'kari' })).not.toBe(GOLDEN.kari);
    await vault.close();
  });

  test('without one of its keys is left as it was', async () => {
    unlinkSync(keyFile(1));
    await expect(open()).rejects.toBeInstanceOf(VaultKeyMissing);
    const database = new Database(path(), { readonly: true });
    expect(database.pragma('user_version', { simple: true })).toBe(1);
    database.close();
    expect(existsSync(keyFile(1))).toBe(false);
    writeFileSync(keyFile(1), String(GOLDEN.keys[0]));
    const vault = await open();
    expect(await vault.actorName(GOLDEN.kari)).toBe('Kari Nordmann');
    await vault.close();
  });

  test('becomes one of the present format, whose hashes are not those of before', async () => {
    const before = new Database(path(), { readonly: true });
    const hashes = before.prepare<[], Buffer>('SELECT lookup FROM directory').pluck().all();
    before.close();
    const vault = await open();
    await vault.close();
    const bytes = readFileSync(path());
    expect(hashes).toHaveLength(2);
    expect(hashes.filter((hash) => bytes.includes(hash))).toEqual([]);
    const after = new Database(path(), { readonly: true });
    expect(after.pragma('user_version', { simple: true })).toBe(2);
    expect(after.pragma('integrity_check', { simple: true })).toBe('ok');
    after.close();
  });
});
