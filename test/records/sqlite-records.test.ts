import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { type AccessRecord, RecordsCorrupt, RecordsUnavailable } from '../../src/records/records';
import { RECORDS_FILE } from '../../src/records/sqlite/records-database';
import { openSqliteRecords } from '../../src/records/sqlite/sqlite-records';
import { describeRecords } from './records.contract';

const LOGIN: AccessRecord = {
  kind: 'LOGIN',
  subjectId: '018c2f6e-7b1d-4c3a-9a55-3f2b1c0d9e01',
  organisationId: '018c2f6e-7b1d-7c3a-9a55-3f2b1c0d9e8f',
  channel: 'APP',
  atMs: Date.parse('2024-03-01T12:00:00Z'),
};

let directory: string;
const path = () => join(directory, 'data', RECORDS_FILE);
const bytesOnDisk = () =>
  Buffer.concat(readdirSync(join(directory, 'data')).map((name) => readFileSync(join(directory, 'data', name))));

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'samtykke-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describeRecords('memory', () => openSqliteRecords(':memory:'));
describeRecords('a file', () => openSqliteRecords(path()));

describe('the file of the records', () => {
  test('opened again has what was recorded', async () => {
    const first = await openSqliteRecords(path());
    await first.record([LOGIN]);
    await first.close();
    const second = await openSqliteRecords(path());
    expect(await second.recordsOf(LOGIN.subjectId, undefined, 1)).toEqual([{ ...LOGIN, place: 1 }]);
    await second.close();
  });

  test('shared by two nodes shows each what the other recorded', async () => {
    const [here, there] = [await openSqliteRecords(path()), await openSqliteRecords(path())];
    await Promise.all([here, there].flatMap((node) => Array.from({ length: 20 }, () => node.record([LOGIN]))));
    expect(await there.recordsOf(LOGIN.subjectId, undefined, 100)).toHaveLength(40);
    expect(await here.removeSubjects([LOGIN.subjectId])).toEqual({ logins: 40, deliveries: 0 });
    expect(await there.recordsOf(LOGIN.subjectId, undefined, 100)).toEqual([]);
    await here.close();
    await there.close();
  });

  test('holds no id of a person whose records were removed', async () => {
    const records = await openSqliteRecords(path());
    await records.record([LOGIN]);
    expect(bytesOnDisk().includes(LOGIN.subjectId)).toBe(true);
    await records.removeSubjects([LOGIN.subjectId]);
    expect(bytesOnDisk().includes(LOGIN.subjectId)).toBe(false);
    await records.close();
  });

  test('is for its owner alone, with all that stands beside it', async () => {
    const records = await openSqliteRecords(path());
    await records.record([LOGIN]);
    const home = join(directory, 'data');
    for (const name of readdirSync(home)) expect([name, statSync(join(home, name)).mode & 0o077]).toEqual([name, 0]);
    await records.close();
  });

  test('that is something else, or of a newer release, is not opened and not touched', async () => {
    mkdirSync(join(directory, 'data'));
    writeFileSync(path(), 'this is a letter, and it is long enough to be taken for a header of some kind. '.repeat(20));
    const letter = readFileSync(path());
    await expect(openSqliteRecords(path())).rejects.toBeInstanceOf(RecordsCorrupt);
    expect(readFileSync(path()).equals(letter)).toBe(true);
    rmSync(path());
    await (await openSqliteRecords(path())).close();
    const database = new Database(path());
    database.pragma('user_version = 2');
    database.close();
    await expect(openSqliteRecords(path())).rejects.toBeInstanceOf(RecordsCorrupt);
  });

  test('in a place that is no file is unavailable', async () => {
    mkdirSync(path(), { recursive: true });
    await expect(openSqliteRecords(path())).rejects.toBeInstanceOf(RecordsUnavailable);
  });

  test('that cannot be written tells whoever recorded, and goes on when it can', async () => {
    const records = await openSqliteRecords(path());
    const other = new Database(path());
    other.exec('DROP TABLE records');
    await expect(records.record([LOGIN])).rejects.toBeInstanceOf(RecordsUnavailable);
    other.exec(
      'CREATE TABLE records (place INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT, subject TEXT, organisation TEXT, channel TEXT, at INTEGER)',
    );
    other.close();
    await records.record([LOGIN]);
    expect(await records.recordsOf(LOGIN.subjectId, undefined, 10)).toHaveLength(1);
    await records.close();
  });
});
