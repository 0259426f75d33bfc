import { createHash, randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { type PreparedFiles, PreparedFilesCorrupt, PreparedFilesUnavailable } from '../../src/evidence/prepared-files';
import { openSqlitePreparedFiles } from '../../src/evidence/sqlite/sqlite-prepared-files';

const KARI = '018c2f6e-7b1d-4c3a-9a55-3f2b1c0d9e01';
const LATER_MS = Date.parse('2024-03-08T12:00:00Z');

describe('prepared files in a directory', () => {
  let parent: string;
  let directory: string;
  let files: PreparedFiles;
  beforeEach(async () => {
    parent = mkdtempSync(join(tmpdir(), 'samtykke-files-'));
    directory = join(parent, 'evidence');
    files = await openSqlitePreparedFiles(directory);
  });
  afterEach(async () => {
    await files.close();
    rmSync(parent, { recursive: true });
  });

  const there = () => readdirSync(directory).filter((name) => !name.startsWith('orders.db'));
  const pieces = async function* (...texts: string[]) {
    for (const text of texts) yield Buffer.from(text, 'utf8');
  };
  const orderOf = async (subjectId: string | undefined) => {
    const id = randomUUID();
    expect(await files.add({ id, subjectId })).toBe(true);
    return id;
  };
  const order = () => orderOf(KARI);
  const rows = { rowsDone: 2, rowsTotal: 2, expiresAtMs: LATER_MS };
  const finish = async (id: string, text = 'whole') => {
    const written = await files.write(id, pieces(text));
    if (written) await files.complete(id, { ...written, ...rows });
  };
  const textOf = async (id: string) => {
    const opened = await files.open(id);
    let text = '';
    for await (const chunk of opened?.content ?? []) text += String(chunk);
    return opened && text;
  };

  test('a file is what was written, with its hash and size', async () => {
    const id = await order();
    expect(await files.find(id)).toEqual({ id, subjectId: KARI, status: 'PREPARING' });
    const written = await files.write(id, pieces('Hei ', 'på ', 'deg', ''));
    const sha256 = createHash('sha256').update('Hei på deg').digest('hex');
    expect(written).toEqual({ sha256, bytes: 11 });
    expect(await files.open(id)).toBeUndefined();
    await files.complete(id, { sha256, bytes: 11, ...rows });
    expect(await files.find(id)).toEqual({ id, subjectId: KARI, status: 'READY', sha256, bytes: 11, ...rows });
    expect(await textOf(id)).toBe('Hei på deg');
  });

  test.each([
    ['a byte is another', 40, (bytes: Buffer) => bytes.fill('x', 7, 8)],
    ['a byte of many is another', 400_000, (bytes: Buffer) => bytes.fill('x', 7, 8)],
    ['the end is missing', 400_000, (bytes: Buffer) => bytes.subarray(0, -1)],
    ['something was added', 400_000, (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('x')])],
    ['nothing is left', 40, () => Buffer.of()],
  ])('a file of which %s is never read whole', async (_, length, alter) => {
    const id = await order();
    await finish(id, 'a'.repeat(length));
    expect(await textOf(id)).toBe('a'.repeat(length));
    const path = join(directory, id);
    writeFileSync(path, alter(readFileSync(path)));
    const read: Buffer[] = [];
    const reading = async () => {
      for await (const chunk of (await files.open(id))?.content ?? []) read.push(Buffer.from(chunk));
    };
    await expect(reading()).rejects.toMatchObject({ code: 'PREPARED_FILE_ALTERED' });
    expect(Buffer.concat(read).length).toBeLessThan(length);
  });

  test('an order is noted once, and waits in its turn', async () => {
    const [first, second] = [await order(), await orderOf(undefined)];
    expect(await files.add({ id: first, subjectId: undefined })).toBe(false);
    expect(await files.waiting()).toEqual([
      { id: first, subjectId: KARI },
      { id: second, subjectId: undefined },
    ]);
    expect([await files.count(KARI), await files.count(), await files.count(randomUUID())]).toEqual([1, 2, 0]);
    await finish(first);
    expect((await files.waiting()).map(({ id }) => id)).toEqual([second]);
    expect([await files.count(KARI), await files.count()]).toEqual([1, 1]);
    expect(await files.people()).toEqual([KARI]);
  });

  test('what is opened again has the orders and files of before', async () => {
    const [done, waiting] = [await order(), await order()];
    await finish(done);
    await files.close();
    files = await openSqlitePreparedFiles(directory);
    expect(await textOf(done)).toBe('whole');
    expect((await files.waiting()).map(({ id }) => id)).toEqual([waiting]);
  });

  test('content that breaks off leaves nothing, and can be written again', async () => {
    const id = await order();
    const breaking = async function* () {
      yield Buffer.from('half');
      throw new Error('It broke off.');
    };
    await expect(files.write(id, breaking())).rejects.toThrow('It broke off.');
    expect(there()).toEqual([]);
    await finish(id, 'again');
    expect(await textOf(id)).toBe('again');
  });

  test('a file whose order was removed while it was written is not kept', async () => {
    const id = await order();
    const removing = async function* () {
      yield Buffer.from('canary');
      expect(there()).toEqual([`${id}.draft`]);
      expect(await files.removePerson(KARI)).toBe(1);
    };
    expect(await files.write(id, removing())).toBeUndefined();
    expect(there()).toEqual([]);
  });

  test('a person goes with every file, whole or not, and nobody else does', async () => {
    const [mine, waiting, other] = [await order(), await order(), await orderOf(undefined)];
    await finish(mine);
    await finish(other);
    writeFileSync(join(directory, `${waiting}.draft`), 'half');
    expect(await files.removePerson(KARI)).toBe(2);
    expect(there()).toEqual([other]);
    expect(await files.removePerson(KARI)).toBe(0);
    expect(await files.find(mine)).toBeUndefined();
  });

  test('a file that failed says why until it is forgotten', async () => {
    const id = await order();
    await files.write(id, pieces('whole'));
    await files.fail(id, 'PREPARATION_FAILED', LATER_MS);
    expect(await files.find(id)).toMatchObject({ status: 'FAILED', failure: 'PREPARATION_FAILED' });
    expect([there(), await files.waiting(), await files.open(id)]).toEqual([[], [], undefined]);
    expect(await files.removeExpired(LATER_MS)).toBe(1);
    expect(await files.find(id)).toBeUndefined();
  });

  test('expires at its instant and not before; what waits does not expire', async () => {
    const [done, waiting] = [await order(), await order()];
    await finish(done);
    expect([await files.removeExpired(LATER_MS - 1), there()]).toEqual([0, [done]]);
    expect([await files.removeExpired(LATER_MS), there()]).toEqual([1, []]);
    expect((await files.waiting()).map(({ id }) => id)).toEqual([waiting]);
  });

  test('a file that somebody took away is not there, and is no fault', async () => {
    const id = await order();
    await finish(id);
    rmSync(join(directory, id));
    expect(await files.open(id)).toBeUndefined();
  });

  test('is reached by its owner alone, also where the directory was open before', async () => {
    await files.close();
    chmodSync(directory, 0o755);
    files = await openSqlitePreparedFiles(directory);
    await finish(await order());
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(directory)) expect(statSync(join(directory, name)).mode & 0o077).toBe(0);
  });

  test.each([
    ['of another application', (path: string) => new Database(path).exec('CREATE TABLE x (y)').close()],
    ['no database', (path: string) => writeFileSync(path, 'x'.repeat(5_000))],
  ])('a file that is %s is left as it is, and named by a code', async (_, make) => {
    const foreign = join(parent, 'foreign');
    mkdirSync(foreign);
    make(join(foreign, 'orders.db'));
    await expect(openSqlitePreparedFiles(foreign)).rejects.toBeInstanceOf(PreparedFilesCorrupt);
  });

  describe('a file that is marked while it is written', () => {
    const marked = async function* (...texts: string[]) {
      for (const text of texts) {
        yield Buffer.from(text, 'utf8');
        yield { mark: `behind ${text}` };
      }
      yield Buffer.from('unmarked');
      throw new Error('It broke off.');
    };
    const broken = async () => {
      const id = await order();
      await expect(files.write(id, marked('Blå', 'bær'))).rejects.toThrow('It broke off.');
      return id;
    };
    const draftOf = (id: string) => join(directory, `${id}.draft`);

    test('is kept up to its last mark, and gone on with behind it, also when it is opened again', async () => {
      const id = await broken();
      await files.close();
      files = await openSqlitePreparedFiles(directory);
      await files.removeExpired(LATER_MS);
      const mark = await files.markOf(id);
      const sha256 = createHash('sha256').update('Blåbær').digest('hex');
      expect(mark).toEqual({ bytes: 8, sha256, state: 'behind bær' });
      const written = await files.write(id, pieces('syltetøy'), mark);
      expect(written?.sha256).toBe(createHash('sha256').update('Blåbærsyltetøy').digest('hex'));
      if (written) await files.complete(id, { ...written, ...rows });
      expect(await textOf(id)).toBe('Blåbærsyltetøy');
      expect(await files.markOf(id)).toBeUndefined();
    });

    test.each([
      ['is another', (path: string) => writeFileSync(path, 'Blaabaer and more')],
      ['is shorter', (path: string) => writeFileSync(path, 'Blå')],
      ['is gone', (path: string) => rmSync(path)],
    ])('is written from its beginning when its draft %s', async (_, harm) => {
      const id = await broken();
      harm(draftOf(id));
      const mark = await files.markOf(id);
      await expect(files.write(id, pieces('x'), mark)).rejects.toBeInstanceOf(PreparedFilesUnavailable);
      expect([await files.markOf(id), there()]).toEqual([undefined, []]);
      await finish(id, 'again');
      expect(await textOf(id)).toBe('again');
    });

    test('goes with its person, and when it fails; a mark that is dropped is none', async () => {
      const [mine, failed, dropped] = [await broken(), await broken(), await broken()];
      await files.dropMark(dropped);
      expect(await files.markOf(dropped)).toBeUndefined();
      await files.fail(failed, 'PREPARATION_FAILED', LATER_MS);
      expect(there().sort()).toEqual([`${mine}.draft`, `${dropped}.draft`].sort());
      expect(await files.removePerson(KARI)).toBe(3);
      expect(there()).toEqual([]);
    });
  });

  test('files of many people are told apart, and counted for their organisation', async () => {
    const [organisationId, elsewhere] = [randomUUID(), randomUUID()];
    const [many, few] = [randomUUID(), randomUUID()];
    await files.add({ id: many, subjectId: undefined, organisationId, personalValues: true });
    await files.add({ id: few, subjectId: undefined, organisationId });
    await order();
    expect([await files.countOf(organisationId), await files.countOf(elsewhere)]).toEqual([2, 0]);
    expect(await files.ofMany()).toEqual([{ id: many, subjectId: undefined, organisationId, personalValues: true }]);
    await finish(many);
    await files.remove(many);
    expect([await files.ofMany(), there(), await files.countOf(organisationId)]).toEqual([[], [], 1]);
  });

  test('orders of the release before are taken over', async () => {
    const older = join(parent, 'older');
    mkdirSync(older);
    const database = new Database(join(older, 'orders.db'));
    database.exec(`
      CREATE TABLE orders (place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, subject TEXT,
        status TEXT NOT NULL DEFAULT 'PREPARING', sha256 TEXT, bytes INTEGER, rows_done INTEGER, rows_total INTEGER,
        failure TEXT, expires_at INTEGER) STRICT;
      INSERT INTO orders (id, subject) VALUES ('6f708192-a3b4-55c6-97d8-e9f0a1b2c310', '${KARI}');
      PRAGMA application_id = ${0x53414d45};
      PRAGMA user_version = 1;
    `);
    database.close();
    const taken = await openSqlitePreparedFiles(older);
    const id = '6f708192-a3b4-55c6-97d8-e9f0a1b2c310';
    expect(await taken.waiting()).toEqual([{ id, subjectId: KARI }]);
    expect(await taken.write(id, pieces('whole'))).toMatchObject({ bytes: 5 });
    await taken.close();
  });

  test('orders of a later release are left as they are', async () => {
    await files.close();
    const database = new Database(join(directory, 'orders.db'));
    database.pragma('user_version = 99');
    database.close();
    await expect(openSqlitePreparedFiles(directory)).rejects.toBeInstanceOf(PreparedFilesCorrupt);
  });

  test('a place that cannot be written is named by a code', async () => {
    const blocked = join(parent, 'blocked');
    writeFileSync(blocked, '');
    await expect(openSqlitePreparedFiles(blocked)).rejects.toBeInstanceOf(PreparedFilesUnavailable);
    const id = await order();
    mkdirSync(join(directory, `${id}.draft`));
    await expect(files.write(id, pieces('x'))).rejects.toBeInstanceOf(PreparedFilesUnavailable);
  });

  test('answers nothing once it is closed, and closes twice', async () => {
    const id = await order();
    await files.close();
    await files.close();
    for (const asked of [files.find(id), files.waiting(), files.open(id), files.removePerson(KARI), files.people()]) {
      await expect(asked).rejects.toBeInstanceOf(PreparedFilesUnavailable);
    }
  });
});
