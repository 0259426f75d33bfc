import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { parseCheckpoint, parseNote, parseVerifierKey, signersOf } from '../../src/ledger/checkpoint-note';
import type { ConsistencyProofText, InclusionProofText } from '../../src/ledger/proofs';
import { verifyConsistency, verifyInclusion } from '../../src/ledger/verify-proof';
import { commandLine } from '../support/command-line';
import { hasOpenSsl, startOpenSslAuthority } from '../support/openssl-authority';

const REGISTER = ['organisation', 'register', '--slug', 'fjordlys', '--name', 'Fjordlys AS'];
const LONG_MS = 60_000;
const bytes = (text: string) => Buffer.from(text, 'base64');

describe('the ledger on the command line', () => {
  let line: ReturnType<typeof commandLine>;
  beforeEach(() => {
    line = commandLine();
  });
  afterEach(() => line.remove());

  const inData = (name: string) => join(line.directory, 'data', name);
  const ok = async (...args: readonly string[]) => {
    const ended = await line.run(args);
    if (ended.code !== 0) throw new Error(`${args.join(' ')}: ${ended.said}`);
    return ended.out.toString();
  };
  const begin = () => line.begin('registered', () => ok(...REGISTER));
  const json = async <T>(...args: readonly string[]) => JSON.parse(await ok(...args)) as T;
  const status = () => json<{ applied: string; ledger: Record<string, unknown> }>('status', '--json');
  const consistency = (from: string) => json<ConsistencyProofText>('prove', 'consistency', '--from', from);
  /** As somebody with a tool for SQLite, while nobody has the log open. */
  const rewrite = (sql: string) => {
    const database = new Database(inData('events.db'));
    database.exec(sql);
    database.close();
  };

  test(
    'proves an event and that the log only grew, with what verifies both',
    async () => {
      await begin();
      const { applied } = await status();
      const inclusion = await json<InclusionProofText>('prove', 'inclusion', '--position', applied);
      await ok('organisation', 'register', '--slug', 'havvind', '--name', 'Havvind AS');
      const grown = await consistency(inclusion.size);
      const keys = (await ok('keys', 'export', 'ledger')).trimEnd();
      const [first, second] = [inclusion, grown].map(({ checkpoint }) => {
        const note = parseNote(checkpoint.note);
        expect(signersOf(note, [parseVerifierKey(keys)])).toHaveLength(1);
        return parseCheckpoint(note.text);
      });
      if (first === undefined || second === undefined) throw new Error('There are two checkpoints.');
      const { index, leafHash, hashes } = inclusion;
      const claim = { index: Number(index), size: first.size, leafHash: bytes(leafHash), root: first.root };
      expect(verifyInclusion({ ...claim, hashes: hashes.map(bytes) })).toBe(true);
      const sizes = { from: first.size, to: second.size, fromRoot: first.root, toRoot: second.root };
      expect(second.size).toBeGreaterThan(first.size);
      expect(verifyConsistency({ ...sizes, hashes: grown.hashes.map(bytes) })).toBe(true);
      expect((await status()).ledger).toMatchObject({ state: 'SOUND', leaves: second.size, signed: second.size });
    },
    LONG_MS,
  );

  test(
    'goes on with a new key where every key file is lost',
    async () => {
      await begin();
      await consistency('1');
      const old = await ok('keys', 'export', 'ledger');
      rmSync(inData('keys/ledger-1.key'));
      expect(await line.run(['status'])).toMatchObject({
        code: 1,
        said: expect.stringMatching(/^LEDGER_KEY_UNKNOWN: /m),
      });
      expect(await line.run(['keys', 'rotate', 'ledger'])).toMatchObject({
        code: 1,
        said: expect.stringMatching(/^LEDGER_KEY_MISSING: /),
      });
      await ok('keys', 'rotate', 'ledger', '--old-key-lost');
      await ok('organisation', 'register', '--slug', 'havvind', '--name', 'Havvind AS');
      const { checkpoint } = await consistency('1');
      const fresh = await ok('keys', 'export', 'ledger');
      expect(fresh).not.toBe(old);
      expect(signersOf(parseNote(checkpoint.note), [parseVerifierKey(fresh.trimEnd())])).toHaveLength(1);
      expect((await status()).ledger).toMatchObject({ state: 'SOUND' });
      const none = join(line.directory, 'none');
      expect(await line.run(['keys', 'rotate', 'ledger', '--old-key-lost'], { SAMTYKKE_DATA: none })).toMatchObject({
        code: 1,
        said: expect.stringMatching(/^LEDGER_KEY_MISSING: /),
      });
      expect(existsSync(none)).toBe(false);
    },
    LONG_MS,
  );

  (hasOpenSsl() ? test : test.skip)(
    'exports a key with which OpenSSL verifies a checkpoint, also after it was changed',
    async () => {
      await begin();
      const before = (await consistency('1')).checkpoint;
      const old = await ok('keys', 'export', 'ledger', '--format', 'pem');
      expect(await ok('keys', 'rotate', 'ledger')).toBe('');
      const { applied } = await status();
      const after = (await json<InclusionProofText>('prove', 'inclusion', '--position', applied)).checkpoint;
      const all = (await ok('keys', 'export', 'ledger', '--all')).trimEnd().split('\n');
      const fresh = await ok('keys', 'export', 'ledger', '--format', 'pem');
      expect(all).toHaveLength(2);
      expect(fresh).not.toBe(old);
      expect(parseNote(after.note).text).toBe(parseNote(before.note).text);
      // The first checkpoint after the change is the same, signed by both.
      expect([verified(before.note, old), verified(before.note, fresh)]).toEqual([[true], [false]]);
      expect([verified(after.note, old), verified(after.note, fresh)]).toEqual([
        [true, false],
        [false, true],
      ]);
    },
    LONG_MS,
  );

  /** Which of the signatures of a note OpenSSL takes for one by this key. */
  function verified(note: string, pem: string): boolean[] {
    const { text, signatures } = parseNote(note);
    writeFileSync(join(line.directory, 'text'), text);
    writeFileSync(join(line.directory, 'key.pem'), pem);
    return signatures.map(({ signature }) => {
      writeFileSync(join(line.directory, 'signature'), signature);
      const args = 'pkeyutl -verify -pubin -inkey key.pem -rawin -in text -sigfile signature'.split(' ');
      return spawnSync('openssl', args, { cwd: line.directory }).status === 0;
    });
  }

  test(
    'refuses what proves nothing, in a line with a code',
    async () => {
      await begin();
      const { applied } = await status();
      const outcomes = await Promise.all(
        [
          ['prove', 'inclusion', '--position', 'x'],
          ['prove', 'inclusion'],
          ['keys', 'rotate', 'token', '--old-key-lost'],
          ['keys', 'export', 'token'],
        ].map((args) => line.run(args, { SAMTYKKE_DATA: join(line.directory, `data-${args.join('-')}`) })),
      );
      expect(outcomes.map(({ code }) => code)).toEqual([2, 2, 2, 2]);
      expect(outcomes[2]?.said).toMatch(/^BAD_FLAG: /);
      const none = { SAMTYKKE_DATA: join(line.directory, 'none') };
      expect(await line.run(['keys', 'export', 'ledger'], none)).toMatchObject({
        code: 1,
        said: expect.stringMatching(/^LEDGER_KEY_MISSING: /),
      });
      for (const size of ['0', '1', '99', 'x']) {
        expect(await line.run(['prove', 'inclusion', '--position', applied, '--size', size])).toMatchObject({
          code: 1,
          out: Buffer.alloc(0),
          said: expect.stringMatching(/^PROOF_SIZE_INVALID: /),
        });
      }
    },
    LONG_MS,
  );

  test(
    'says what was done to a log and where, refuses to write, and reads on; the server as well',
    async () => {
      await begin();
      const text = join(line.directory, 'personvern.txt');
      writeFileSync(text, 'Personvern\n\nSist oppdatert: 1. november 2023 – Versjon 2\n');
      await ok('import', 'text', text, '--organisation', 'fjordlys');
      await consistency('1');
      const { leaves } = (await status()).ledger;
      rewrite('UPDATE events SET recorded_at = recorded_at - 86400000 WHERE position = 3');
      const found = /^LEDGER_DIVERGED: EVENT_ALTERED: The event at position 3 of the store: /m;
      const told = await line.run(['status', '--json']);
      expect(told).toMatchObject({ code: 1, said: expect.stringMatching(found) });
      expect(JSON.parse(told.out.toString()).ledger).toMatchObject({ state: 'DIVERGED', leaves });
      const refused = await line.run(['organisation', 'register', '--slug', 'havvind', '--name', 'Havvind AS']);
      expect(refused).toMatchObject({ code: 1, out: Buffer.alloc(0), said: expect.stringMatching(found) });
      expect(await line.run(['rebuild', '--ledger'])).toMatchObject({ code: 1, said: expect.stringMatching(found) });
      expect(await line.run(['prove', 'consistency', '--from', '1'])).toMatchObject({ code: 1 });
      expect(await ok('policy', 'at', 'fjordlys/personvern', '--on', '2024-01-01')).toContain('Versjon 2');

      const port = await freePort();
      const server = line.start(['serve'], { SAMTYKKE_PORT: String(port) });
      try {
        const { ready, body } = await answerOf(`http://127.0.0.1:${port}/health/ready`);
        expect(ready).toBe(false);
        expect(body.checks).toContainEqual({
          name: 'LEDGER',
          ok: false,
          detail: expect.stringMatching(/^DIVERGED: EVENT_ALTERED: .*position 3 /),
        });
        const page = await fetch(`http://127.0.0.1:${port}/p/fjordlys/personvern`);
        expect(page.status).toBe(200);
      } finally {
        server.kill('SIGTERM');
        await once(server, 'close');
      }
    },
    LONG_MS,
  );

  test(
    'makes a damaged tree anew, and tells that the log was not touched',
    async () => {
      await begin();
      await consistency('1');
      rewrite("UPDATE ledger_leaves SET leaves = x'00'");
      expect(await line.run(['status'])).toMatchObject({ code: 1, said: expect.stringContaining('TREE_ALTERED') });
      expect(await line.run(['rebuild', '--ledger'])).toMatchObject({
        code: 0,
        said: expect.stringContaining('2 leaves'),
      });
      expect((await status()).ledger).toMatchObject({ state: 'SOUND', leaves: 2, signed: 2 });
    },
    LONG_MS,
  );

  test(
    'gives a log that was written before there was a ledger its tree at the next start',
    async () => {
      await begin();
      rewrite('DROP TABLE ledger_leaves; DROP TABLE ledger_nodes; DROP TABLE ledger_settings');
      rewrite('ALTER TABLE events DROP COLUMN mark; PRAGMA user_version = 1');
      expect((await status()).ledger).toMatchObject({ state: 'SOUND', leaves: 2 });
      expect((await consistency('1')).checkpoint.size).toBe('2');
    },
    LONG_MS,
  );

  test(
    'knows that a log was cut back, makes no tree over it, and takes an older backup when told to, saying what is lost',
    async () => {
      await begin();
      await consistency('1');
      const backup = join(line.directory, 'backup');
      await ok('backup', backup);
      await ok('organisation', 'register', '--slug', 'havvind', '--name', 'Havvind AS');
      await consistency('1');
      rewrite(`
        DELETE FROM events WHERE position > 3;
        DELETE FROM ledger_leaves; DELETE FROM ledger_nodes; DELETE FROM ledger_settings;
        UPDATE events SET mark = NULL`);
      rmSync(inData('read-model.db'));
      const found = /^LEDGER_DIVERGED: LOG_SHORTER: .*noted beside the keys/m;
      expect(await line.run(['status'])).toMatchObject({ code: 1, said: expect.stringMatching(found) });
      expect(await line.run(['rebuild', '--ledger'])).toMatchObject({ code: 1, said: expect.stringMatching(found) });
      rmSync(inData('events.db'));
      const restored = await line.run(['restore', backup]);
      expect(restored).toMatchObject({
        code: 0,
        said: expect.stringMatching(/^WARNING: a checkpoint over 3 events .* over 2\./m),
      });
      expect((await status()).ledger).toMatchObject({ state: 'SOUND', leaves: 2, signed: 2 });
      await ok('organisation', 'register', '--slug', 'havvind', '--name', 'Havvind AS');
    },
    LONG_MS,
  );

  test(
    'takes no event over that somebody put in, nor one that stands where none can',
    async () => {
      await begin();
      await consistency('1');
      const put = (position: number) => `
        INSERT INTO events SELECT ${position}, stream, version + 1, category, event_type, recorded_at, randomblob(16),
        data, metadata, NULL FROM events WHERE position = 2`;
      rewrite(put(50));
      const found = /^LEDGER_DIVERGED: EVENT_ADDED: .*position 50 /m;
      expect(await line.run(['status'])).toMatchObject({ code: 1, said: expect.stringMatching(found) });
      expect(await line.run(['rebuild', '--ledger'])).toMatchObject({ code: 1, said: expect.stringMatching(found) });
      rewrite(`DELETE FROM events WHERE position = 50; ${put(-5)}`);
      const altered = await line.run(['status']);
      expect([altered.code, altered.said]).toEqual([1, expect.stringMatching(/^LOG_ALTERED: .*position -5/)]);
    },
    LONG_MS,
  );

  test(
    'finds a backup that was restored sound, with its key alone',
    async () => {
      await begin();
      const { checkpoint } = await consistency('1');
      const backup = join(line.directory, 'backup');
      await ok('backup', backup);
      const keys = inData('keys');
      renameSync(keys, join(line.directory, 'keys'));
      rmSync(inData(''), { recursive: true });
      await ok('restore', backup);
      mkdirSync(keys, { recursive: true });
      writeFileSync(join(keys, 'vault-1.key'), readFileSync(join(line.directory, 'keys', 'vault-1.key')));
      const without = await line.run(['organisation', 'register', '--slug', 'havvind', '--name', 'Havvind AS']);
      expect(without).toMatchObject({ code: 1, said: expect.stringMatching(/^LEDGER_KEY_UNKNOWN: /m) });
      writeFileSync(join(keys, 'ledger-1.key'), readFileSync(join(line.directory, 'keys', 'ledger-1.key')));
      await ok('organisation', 'register', '--slug', 'havvind', '--name', 'Havvind AS');
      const grown = await consistency(checkpoint.size);
      expect(grown.to).toBe('3');
      const sizes = { from: 2, to: 3, fromRoot: bytes(checkpoint.rootHash), toRoot: bytes(grown.checkpoint.rootHash) };
      expect(verifyConsistency({ ...sizes, hashes: grown.hashes.map(bytes) })).toBe(true);
    },
    LONG_MS,
  );

  test(
    'proves at a running server, which signs by itself and says how far it is',
    async () => {
      await begin();
      const { applied } = await status();
      const port = await freePort();
      const url = `http://127.0.0.1:${port}`;
      const keys: string[][] = [];
      const server = line.start(['serve'], { SAMTYKKE_PORT: String(port) });
      try {
        const { body } = await answerOf(`${url}/health/ready`);
        expect(body.checks).toContainEqual({ name: 'LEDGER', ok: true, detail: expect.stringContaining('2 leaves') });
        const proof = await json<InclusionProofText>('prove', 'inclusion', '--position', applied, '--url', url);
        expect(proof).toMatchObject({ index: '1', size: '2' });
        expect(await line.run(['prove', 'consistency', '--from', '9', '--url', url])).toMatchObject({ code: 2 });
        const token = (await ok('token', '--role', 'operator')).trimEnd();
        const told = await json<{ ledger: object }>('status', '--json', '--url', url, '--token', token);
        keys.push(Object.keys(told), Object.keys(told.ledger));
        expect(told).toMatchObject({ store: null, logId: null, lagMs: expect.any(Number), notReady: [] });
        expect(told).toMatchObject({ readModels: { state: 'ready', reason: null } });
        expect(told.ledger).toMatchObject({ state: 'SOUND', reason: null, leaves: 2, signed: 2 });
      } finally {
        server.kill('SIGTERM');
        await once(server, 'close');
      }
      const here = await status();
      expect(here.ledger).toMatchObject({ signed: 2 });
      // The same names in the same order, in the ledger's too.
      expect([Object.keys(here), Object.keys(here.ledger)]).toEqual(keys);
    },
    LONG_MS,
  );

  (hasOpenSsl() ? test : test.skip)(
    'has the newest checkpoint of a server stamped by the authority that is configured, and says nothing of its address',
    async () => {
      const authority = await startOpenSslAuthority();
      const address = { SAMTYKKE_TIMESTAMP_URL: `${authority.url}?secret=4711`, SAMTYKKE_PORT: '0' };
      const server = line.start(['serve'], address);
      let said = '';
      server.stderr?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
      try {
        for (const end = Date.now() + 30_000; authority.asked.length === 0; ) {
          if (Date.now() > end) throw new Error(`It was not asked: ${said}`);
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        expect(authority.asked[0]?.body.length).toBe(69);
      } finally {
        server.kill('SIGTERM');
        await once(server, 'close');
        await authority.close();
      }
      expect(said).not.toContain('4711');
      expect((await status()).ledger).toMatchObject({ state: 'SOUND', leaves: 1, signed: 1 });
    },
    LONG_MS,
  );
});

interface Ready {
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail?: string }[];
}

async function answerOf(url: string): Promise<{ ready: boolean; body: Ready }> {
  for (const end = Date.now() + 20_000; ; ) {
    try {
      const response = await fetch(url);
      return { ready: response.status === 200, body: (await response.json()) as Ready };
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
