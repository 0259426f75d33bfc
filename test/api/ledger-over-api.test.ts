import { createHash } from 'node:crypto';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { encodePosition } from '../../src/application/position-text';
import type { Position } from '../../src/event-store/event-store';
import { parseCheckpoint, parseNote, parseVerifierKey, signersOf } from '../../src/ledger/checkpoint-note';
import { exportLedgerKeys } from '../../src/ledger/ledger-keys';
import { verifyConsistency, verifyInclusion } from '../../src/ledger/verify-proof';
import { READ_PREFIXES } from '../../src/read-models/incoming-event';
import { keyEncryptionKeyFiles } from '../../src/vault/key-encryption-keys';
import { openSqliteVault } from '../../src/vault/sqlite/sqlite-vault';
import { type Answered, openTestApi, operator, type TestApi } from '../support/api-harness';
import { collect } from '../support/event-store-samples';
import { storeWithTree } from '../support/ledger-of-test';
import { openOffice } from '../support/policy-over-api';
import { emptyDirectories } from '../support/sqlite-log-files';

const CHECKPOINT = 'checkpoint { origin size rootHash note position }';
const INCLUSION = `query ($position: Position!, $size: String) {
  proof: inclusionProof(position: $position, size: $size) { index size leafHash hashes ${CHECKPOINT} }
}`;
const CONSISTENCY = `query ($from: String!, $to: String) {
  proof: consistencyProof(from: $from, to: $to) { from to hashes ${CHECKPOINT} }
}`;

const REGISTER = `mutation {
  organisationRegister(input: { slug: "ny", name: "Ny", timeZone: "Europe/Oslo", defaultLocale: "nb" }) { position }
}`;

const bytes = (text: unknown) => Buffer.from(String(text), 'base64');
const hashesIn = (answer: Answered) => (answer.at('proof.hashes') as string[]).map(bytes);

describe('the ledger over the API', () => {
  const emptyDirectory = emptyDirectories();
  const open: TestApi[] = [];
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
  });

  const NOW = '2024-06-15T10:00:00.000Z';
  async function opened(keys: string, data: string): Promise<TestApi> {
    const log = storeWithTree(() => Date.parse(NOW), data);
    const vaultKeys = keyEncryptionKeyFiles(keys, () => undefined);
    const vault = await openSqliteVault({ path: join(data, 'vault.db'), keys: vaultKeys });
    const api = await openTestApi(NOW, { log, vault, keys });
    open.push(api);
    return api;
  }

  /** A node with some history, its log and its keys in directories. */
  async function node(): Promise<{ api: TestApi; keys: string; data: string; positions: readonly string[] }> {
    const [keys, data] = [emptyDirectory(), emptyDirectory()];
    const api = await opened(keys, data);
    const office = await openOffice(api, 'fjordlys');
    const policy = await office.createPolicy('privacy');
    await office.publish(policy, { text: 'Versjon en.' });
    return { api, keys, data, positions: await positionsOf(api) };
  }

  /** Of every event that is part of the proof. */
  async function positionsOf({ services: { app } }: TestApi): Promise<readonly string[]> {
    const events = await collect(app.store.readAll({ prefixes: READ_PREFIXES }));
    return events.map(({ position }) => encodePosition(app.logId, position));
  }

  const pass = ({ clock }: TestApi) => {
    clock.nowMs += 1_000;
  };

  test('anybody gets a checkpoint, signed by the key that is exported, over the log as it is', async () => {
    const { api, keys, positions } = await node();
    const answer = await api.get(`{ ${CHECKPOINT} }`);
    const note = parseNote(String(answer.at('checkpoint.note')));
    const exported = exportLedgerKeys(keys).map(({ verifierKey }) => parseVerifierKey(verifierKey));
    expect(signersOf(note, exported)).toHaveLength(1);
    const { origin, size, root } = parseCheckpoint(note.text);
    expect(answer.data).toEqual({
      checkpoint: {
        origin,
        size: String(size),
        rootHash: Buffer.from(root).toString('base64'),
        note: expect.any(String),
        position: positions.at(-1),
      },
    });
    expect(origin).toBe(`samtykke/${api.services.app.logId}`);
    expect(size).toBe(positions.length);
  });

  test('every event is proven at every size that holds it, and every size goes on from every smaller one', async () => {
    const { api, positions } = await node();
    const whole = await api.get(`{ ${CHECKPOINT} }`);
    const root = bytes(whole.at('checkpoint.rootHash'));
    const size = positions.length;
    for (const [index, position] of positions.entries()) {
      const answer = await api.get(INCLUSION, { variables: { position } });
      expect(answer.at('proof')).toMatchObject({
        index: String(index),
        size: String(size),
        checkpoint: whole.at('checkpoint'),
      });
      const claim = { index, size, root, leafHash: bytes(answer.at('proof.leafHash')) };
      expect(verifyInclusion({ ...claim, hashes: hashesIn(answer) })).toBe(true);
      const alone = await api.get(INCLUSION, { variables: { position, size: String(index + 1) } });
      expect(alone.at('proof')).toMatchObject({ size: String(index + 1), checkpoint: { size: String(size) } });
    }
    const first = await api.get(INCLUSION, { variables: { position: positions[0], size: '1' } });
    const fromRoot = bytes(first.at('proof.leafHash'));
    const grown = await api.get(CONSISTENCY, { variables: { from: '1' } });
    expect(grown.at('proof')).toMatchObject({ from: '1', to: String(size), checkpoint: whole.at('checkpoint') });
    expect(verifyConsistency({ from: 1, to: size, fromRoot, toRoot: root, hashes: hashesIn(grown) })).toBe(true);
    const same = await api.get(CONSISTENCY, { variables: { from: String(size), to: String(size) } });
    expect(hashesIn(same)).toEqual([]);
  });

  test('an event that was recorded just now is proven at once, under a checkpoint of its own', async () => {
    const { api } = await node();
    await api.get(`{ ${CHECKPOINT} }`);
    await openOffice(api, 'havvind');
    const positions = await positionsOf(api);
    const answer = await api.get(INCLUSION, { variables: { position: positions.at(-1) } });
    expect(answer.at('proof')).toMatchObject({ index: String(positions.length - 1), size: String(positions.length) });
  });

  test('however often it is asked for, no more than one checkpoint a second is signed, and none while nothing came', async () => {
    const { api } = await node();
    const { store, logId } = api.services.app;
    const signed = async () => (await collect(store.readStream(`ledger-${logId}`))).length;
    const ask = () => Promise.all(Array.from({ length: 50 }, () => api.get(`{ ${CHECKPOINT} }`)));
    await ask();
    expect(await signed()).toBe(1);
    await openOffice(api, 'havvind');
    await ask();
    expect(await signed()).toBe(1);
    pass(api);
    await ask();
    expect(await signed()).toBe(2);
    pass(api);
    await ask();
    expect(await signed()).toBe(2);
  });

  test('checkpoints are neither leaves nor seen by the read models', async () => {
    const { api, positions } = await node();
    const before = api.services.readModels.applied().n;
    await api.get(`{ ${CHECKPOINT} }`);
    const { app } = api.services;
    const [checkpoint] = await collect(app.store.readStream(`ledger-${app.logId}`));
    const position = encodePosition(app.logId, checkpoint?.position ?? ('' as Position));
    expect((await api.get(INCLUSION, { variables: { position } })).at('proof')).toBeNull();
    await openOffice(api, 'havvind');
    expect(api.services.readModels.applied().n).toBe(before + 1);
    expect(await positionsOf(api)).toHaveLength(positions.length + 1);
    expect(READ_PREFIXES.filter((prefix) => ['ledger-', 'timestamp-'].includes(prefix))).toEqual([]);
  });

  test('a position where nothing stands proves nothing, and what is none, or of another log, is refused', async () => {
    const { api } = await node();
    const { logId } = api.services.app;
    const at = (position: string, log = logId) => encodePosition(log, position as Position);
    for (const position of [at('4711'), at('9007199254740991')]) {
      expect((await api.get(INCLUSION, { variables: { position } })).data).toEqual({ proof: null });
    }
    const others = [
      at('1', '01907a5e-0000-7000-8000-00000000abcd'),
      at('x'),
      at('0'),
      at('-1'),
      at('1e3'),
      at('01'),
      '',
      'x',
      '\0',
      '\ud800',
    ];
    for (const position of others) {
      const answer = await api.ask(INCLUSION, { variables: { position } });
      expect([position, answer.codes]).toEqual([position, ['BAD_POSITION']]);
    }
    for (const position of [null, 1, [], {}, 'x'.repeat(2_000)]) {
      expect((await api.ask(INCLUSION, { variables: { position } })).data ?? null).toBeNull();
    }
  });

  test('a size that no tree of the log has, or that leaves the event out, is refused and says why', async () => {
    const { api, positions } = await node();
    const n = positions.length;
    const position = positions.at(-1);
    const bad = [
      '0',
      '-1',
      '1.5',
      '1e1',
      ' 1',
      '',
      'x',
      '٣',
      '0x1',
      '01',
      '9'.repeat(17),
      '9'.repeat(500),
      '9007199254740993',
      String(n + 1),
    ];
    for (const size of [...bad, String(n - 1)]) {
      expect([size, (await api.ask(INCLUSION, { variables: { position, size } })).codes]).toEqual([
        size,
        ['BAD_USER_INPUT'],
      ]);
    }
    for (const size of bad) {
      expect([size, (await api.ask(CONSISTENCY, { variables: { from: size } })).codes]).toEqual([
        size,
        ['BAD_USER_INPUT'],
      ]);
      expect([size, (await api.ask(CONSISTENCY, { variables: { from: '1', to: size } })).codes]).toEqual([
        size,
        ['BAD_USER_INPUT'],
      ]);
    }
    expect((await api.ask(CONSISTENCY, { variables: { from: '2', to: '1' } })).codes).toEqual(['BAD_USER_INPUT']);
    expect(api.faults).toEqual([]);
  });

  test('a leaf can be computed from what the log holds, as an outsider does', async () => {
    const { api, positions } = await node();
    const { store } = api.services.app;
    const [event] = await collect(store.readAll({ prefixes: READ_PREFIXES, limit: 1 }));
    if (event === undefined) throw new Error('The log is empty.');
    const { id, type, stream, version, recordedAt, metadata, data } = event;
    const time = new Date(recordedAt).toISOString();
    const lines = [
      'samtykke/event/v1',
      id,
      type,
      stream,
      version,
      time,
      JSON.stringify(metadata),
      JSON.stringify(data),
    ];
    const sha256 = (...parts: readonly (string | Uint8Array)[]) =>
      parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
    const leaf = Buffer.concat([Buffer.from(String(metadata.streamTag), 'base64url'), sha256(`${lines.join('\n')}\n`)]);
    const proof = await api.get(INCLUSION, { variables: { position: positions[0] } });
    expect(proof.at('proof.leafHash')).toBe(sha256(Buffer.of(0), leaf).toString('base64'));
  });

  test('a log that was altered: writes and proofs are refused by their code, and reading goes on', async () => {
    const before = await node();
    await before.api.get(`{ ${CHECKPOINT} }`);
    await before.api.close();
    open.splice(0);
    const database = new Database(join(before.data, 'events.db'));
    database.exec(`UPDATE events SET recorded_at = recorded_at - 1 WHERE position = 3`);
    database.close();
    const api = await opened(before.keys, before.data);
    await api.services.progress.waitFor((await positionOfHead(api)) ?? ('1' as Position), 10_000);
    expect((await api.ask(REGISTER, { as: operator })).codes).toEqual(['LEDGER_DIVERGED']);
    expect((await api.ask(`{ ${CHECKPOINT} }`)).codes).toEqual(['LEDGER_DIVERGED']);
    const read = await api.get('{ policyInForce(handle: "fjordlys/privacy") { version { label } } }');
    expect(read.at('policyInForce.version')).not.toBeNull();
    expect(api.faults).toEqual([]);
  });

  test('a key that is missing stops writing by its code until it is back', async () => {
    const { api, keys } = await node();
    await api.get(`{ ${CHECKPOINT} }`);
    const key = join(keys, 'ledger-1.key');
    renameSync(key, `${key}.away`);
    await openOffice(api, 'havvind');
    pass(api);
    expect((await api.ask(`{ ${CHECKPOINT} }`)).codes).toEqual(['LEDGER_KEY_UNKNOWN']);
    expect((await api.ask(REGISTER, { as: operator })).codes).toEqual(['LEDGER_KEY_UNKNOWN']);
    renameSync(`${key}.away`, key);
    api.ledger.start();
    await phaseIs(api, 'SOUND');
    expect((await api.ask(REGISTER, { as: operator })).codes).toEqual([]);
  });
});

function positionOfHead({ services: { app } }: TestApi): Promise<Position | undefined> {
  return app.store.head(READ_PREFIXES);
}

async function phaseIs({ ledger }: TestApi, phase: string): Promise<void> {
  for (const end = Date.now() + 10_000; ledger.state().phase !== phase; ) {
    if (Date.now() > end) throw new Error(`It is ${ledger.state().phase}.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
