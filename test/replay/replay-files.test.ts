import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { encodePosition } from '../../src/application/position-text';
import { fillDemo } from '../../src/cli/demo/fill-demo';
import { AsOfRefused } from '../../src/read-models/as-of';
import { RebuildFailed } from '../../src/read-models/rebuild-tables';
import { replayDocumentation } from '../../src/replay/replay-views';
import { openSqliteReplayFile } from '../../src/replay/sqlite/sqlite-replay-file';
import { openTestApi, type TestApi } from '../support/api-harness';
import { foldOf, type Replayer, replayer } from './support/replay-file';

/** Enough to begin with, and not for every row. */
const MOST_PAGES = 30;
const ROOT = join(__dirname, '..', '..');

jest.setTimeout(60_000);

describe('the file of a replay', () => {
  let api: TestApi;
  let replay: Replayer;
  let until: { readonly position: string };

  beforeAll(async () => {
    api = await openTestApi('2024-06-15T10:00:00.000Z');
    const { app, readModels, progress } = api.services;
    await progress.waitFor(await fillDemo(app, (name) => app.vault.actorOf({ issuer: 'test', claim: name })), 10_000);
    until = { position: encodePosition(app.logId, readModels.applied().position) };
  });
  afterAll(() => api.close());

  const node = () => {
    const { app, readModels } = api.services;
    return { app, readModels, nowMs: () => api.clock.nowMs };
  };
  beforeEach(() => {
    replay = replayer(node());
  });
  afterEach(() => replay.remove());

  const left = () => readdirSync(replay.directory);
  const made = <T>(ask: (database: Database.Database) => T): T => {
    const database = new Database(replay.file, { readonly: true });
    try {
      return ask(database);
    } finally {
      database.close();
    }
  };

  test("stands alone, is its owner's, and is sound", async () => {
    await replay.make({ until });
    expect(left()).toEqual(['replay.sqlite']);
    expect(statSync(replay.file).mode & 0o777).toBe(0o600);
    made((database) => {
      const pragma = (name: string) => database.pragma(name, { simple: true });
      expect([pragma('journal_mode'), pragma('user_version'), pragma('application_id')]).toEqual([
        'delete',
        1,
        0x53414d50,
      ]);
      expect(pragma('integrity_check')).toBe('ok');
      expect(database.pragma('foreign_key_check')).toEqual([]);
    });
    expect(left()).toEqual(['replay.sqlite']);
  });

  test('tells of each of its views and columns, as the page about it does', async () => {
    await replay.make({ until });
    const told = replay.rows('documentation');
    const columns = made((database) =>
      [...new Set(told.map(({ view_name }) => String(view_name)))].flatMap((view) =>
        database
          .prepare<[string], string>('SELECT name FROM pragma_table_info(?)')
          .pluck()
          .all(view)
          .map((column) => [view, column]),
      ),
    );
    expect(
      told.filter(({ column_name }) => column_name !== null).map((row) => [row.view_name, row.column_name]),
    ).toEqual(columns);
    const views = made((database) =>
      database.prepare("SELECT name FROM sqlite_schema WHERE type = 'view'").pluck().all(),
    );
    expect(told.map(({ view_name }) => view_name)).toEqual(expect.arrayContaining(views));
    expect(told.filter(({ meaning }) => !/^[^\s].*[.:]$/.test(String(meaning)))).toEqual([]);
    const page = readFileSync(join(ROOT, 'docs/replay.md'), 'utf8');
    const lines = replayDocumentation().map(({ view, column, type, meaning }) =>
      column === undefined ? `### ${view}\n\n${meaning}\n` : `| \`${column}\` | ${type} | ${meaning} |\n`,
    );
    expect(lines.filter((line) => !page.includes(line))).toEqual([]);
  });

  test('has each value written as it is told', async () => {
    await replay.make({ until, personal: true });
    const forms: Readonly<Record<string, (value: unknown) => boolean>> = {
      text: (value) => typeof value === 'string',
      integer: Number.isSafeInteger,
      '0 or 1': (value) => value === 0 || value === 1,
      instant: (value) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(String(value)),
      date: (value) => /^\d{4}-\d\d-\d\d$/.test(String(value)),
      JSON: (value) => typeof JSON.parse(String(value)) === 'object',
      bytes: Buffer.isBuffer,
    };
    const wrong = replay.rows('documentation', undefined, 'column_name IS NOT NULL').flatMap((column) => {
      const [, form = '', nullable] = /^(.+?)( or NULL)?$/.exec(String(column.type)) ?? [];
      const values = replay.rows(String(column.view_name)).map((row) => row[String(column.column_name)]);
      const fits = (value: unknown) => (value === null ? nullable !== undefined : forms[form]?.(value) === true);
      return values
        .filter((value) => !fits(value))
        .map((value) => [column.view_name, column.column_name, column.type, value]);
    });
    expect(wrong).toEqual([]);
  });

  test('is opened by the sqlite3 of the system', async () => {
    await replay.make({ until });
    let version: string;
    try {
      version = execFileSync('sqlite3', ['--version'], { encoding: 'utf8' });
    } catch {
      console.warn('SKIPPED: there is no sqlite3 on this machine; install it to see a replay opened by it.');
      return;
    }
    const counted = execFileSync(
      'sqlite3',
      ['-json', replay.file, 'SELECT policy, about, subjects FROM counts LIMIT 1'],
      {
        encoding: 'utf8',
      },
    );
    expect([version, JSON.parse(counted)]).toEqual([
      version,
      [{ policy: 'fjordlys/privacy', about: 'SUBJECTS', subjects: 2 }],
    ]);
  });

  test('is the same when it is made again, but for when that was', async () => {
    await replay.make({ until });
    const all = () =>
      replay
        .rows('documentation', undefined, 'column_name IS NULL')
        .map(({ view_name: view }) => [view, replay.rows(String(view)).map((row) => ({ ...row, made_at: '' }))]);
    const first = all();
    api.clock.nowMs += 60_000;
    await replay.make({ until });
    expect(all()).toEqual(first);
  });

  test('of a place before the first event is whole, and empty', async () => {
    const place = { position: encodePosition(api.services.app.logId, 'start' as never) };
    await replay.make({ until: place });
    expect(replay.rows('stamp')).toMatchObject([{ ...place, events: 0 }]);
    expect(['policies', 'people', 'counts', 'organisations'].map((view) => replay.rows(view).length)).toEqual([
      0, 0, 0, 0,
    ]);
    expect(replay.rows('documentation').length).toBeGreaterThan(100);
  });

  test('that is there is replaced only when it is a replay, and only on demand', async () => {
    await replay.make({ until, replace: false });
    const before = readFileSync(replay.file);
    await expect(replay.make({ until, replace: false })).rejects.toMatchObject({ code: 'REPLAY_FILE_EXISTS' });
    expect(readFileSync(replay.file).equals(before)).toBe(true);
    await replay.make({ until, replace: true });
    const others: readonly (readonly [string, (path: string) => void])[] = [
      ['a text', (path) => writeFileSync(path, 'Min avhandling')],
      ['a directory', (path) => mkdirSync(path)],
      ['a database', (path) => new Database(path).exec('CREATE TABLE t (a)').close()],
    ];
    for (const [name, make] of others) {
      const out = join(replay.directory, name);
      make(out);
      await expect(replay.make({ until, out })).rejects.toMatchObject({ code: 'REPLAY_FILE_UNKNOWN' });
    }
    await expect(replay.make({ until, out: '' })).rejects.toMatchObject({ code: 'REPLAY_FILE_UNKNOWN' });
    const empty = join(replay.directory, 'empty');
    writeFileSync(empty, '');
    await replay.make({ until, out: empty });
    expect(statSync(empty).size).toBeGreaterThan(0);
    expect(left().sort()).toEqual(['a database', 'a directory', 'a text', 'empty', 'replay.sqlite']);
  });

  test('is not there when something goes wrong on the way, nor is anything else', async () => {
    const abort = new AbortController();
    const broken: readonly (readonly [RegExp, Replayer, Partial<Parameters<Replayer['make']>[0]>])[] = [
      [
        /Stopped/,
        replay,
        { progress: (phase) => phase === 'people' && abort.abort(new Error('Stopped')), signal: abort.signal },
      ],
      [/is no place/, replayer(node(), { fold: async () => Promise.reject(new RebuildFailed('It is no place.')) }), {}],
      [
        /database or disk is full/,
        replayer(node(), { openFile: (path) => openSqliteReplayFile(path, MOST_PAGES) }),
        {},
      ],
      [/nowhere is no directory/, replay, { out: join(replay.directory, 'nowhere', 'replay.sqlite') }],
      [/test.ts is no directory/, replay, { out: join(__filename, 'replay.sqlite') }],
    ];
    for (const [message, making, asked] of broken) {
      // Not toThrow: the driver, loaded once in a process of many tests, throws the Error of the first that loaded it.
      const fault = { message: expect.stringMatching(message) };
      await expect(making.make({ until, ...asked })).rejects.toMatchObject(fault);
      expect(readdirSync(making.directory)).toEqual([]);
      if (making !== replay) making.remove();
    }
  });

  test('leaves the one that is there as it is when something goes wrong', async () => {
    await replay.make({ until });
    const before = readFileSync(replay.file);
    const stopped = AbortSignal.abort(new Error('Stopped'));
    await expect(replay.make({ until, signal: stopped })).rejects.toThrow('Stopped');
    expect(left()).toEqual(['replay.sqlite']);
    expect(readFileSync(replay.file).equals(before)).toBe(true);
  });

  test.each([
    ['of another log', () => encodePosition('00000000-0000-7000-8000-000000000000', '1' as never)],
    ['that is none', () => 'nonsense'],
    ['that no event has', () => encodePosition(api.services.app.logId, '000' as never)],
  ])('is not made of a position %s', async (_, position) => {
    const refusal = await replay.make({ until: { position: position() } }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(AsOfRefused);
    expect(refusal).toMatchObject({ code: 'BAD_POSITION' });
    expect(left()).toEqual([]);
  });

  test('holds nothing of a log that is not the one it was asked of', async () => {
    const other = await openTestApi('2024-06-15T10:00:00.000Z');
    const making = replayer(node(), { fold: foldOf(other.services.app.store) });
    await expect(making.make({ until })).rejects.toThrow(RebuildFailed);
    expect(readdirSync(making.directory)).toEqual([]);
    making.remove();
    await other.close();
  });
});
