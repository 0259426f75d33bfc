import { createHash, randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
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
