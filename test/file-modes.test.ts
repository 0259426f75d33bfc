import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { restoreLog } from '../src/event-store/sqlite/restore-log';
import { openSqliteEventStore } from '../src/event-store/sqlite/sqlite-event-store';
import { openReadModelDatabase } from '../src/read-models/sqlite/read-model-database';
import { freshStream, sampleEvents } from './support/event-store-samples';
import { emptyDirectories } from './support/sqlite-log-files';

const emptyDirectory = emptyDirectories();
let umask: number;
beforeEach(() => {
  umask = process.umask(0o022);
});
afterEach(() => process.umask(umask));

/** A directory that others may look into, as an operator or an image may have made it. */
function openDirectory(): string {
  const directory = join(emptyDirectory(), 'data');
  mkdirSync(directory);
  chmodSync(directory, 0o755);
  return directory;
}

const modesIn = (directory: string, pattern: RegExp) =>
  Object.fromEntries(
    readdirSync(directory)
      .filter((name) => pattern.test(name))
      .map((name) => [name, (statSync(join(directory, name)).mode & 0o777).toString(8)]),
  );

test('the log and its write-ahead log are for their owner alone, also where others may look into the directory', async () => {
  const directory = openDirectory();
  const store = openSqliteEventStore({ directory, clock: Date.now });
  await store.append(freshStream(), sampleEvents(1), 0);
  expect(modesIn(directory, /^events/)).toEqual({ 'events.db': '600', 'events.db-wal': '600' });
  await store.close();
});

test('the read models and what SQLite keeps beside them are for their owner alone', () => {
  const directory = openDirectory();
  const database = openReadModelDatabase(join(directory, 'read-model.db'));
  expect(modesIn(directory, /./)).toEqual({
    'read-model.db': '600',
    'read-model.db-shm': '600',
    'read-model.db-wal': '600',
  });
  database.close();
});

test('files that an older release made are closed to others at the next start', async () => {
  const directory = openDirectory();
  await openSqliteEventStore({ directory, clock: Date.now }).close();
  openReadModelDatabase(join(directory, 'read-model.db')).close();
  for (const name of ['events.db', 'read-model.db']) chmodSync(join(directory, name), 0o644);
  writeFileSync(join(directory, 'read-model.db-wal'), '');
  const store = openSqliteEventStore({ directory, clock: Date.now });
  const database = openReadModelDatabase(join(directory, 'read-model.db'));
  expect(new Set(Object.values(modesIn(directory, /^(events|read-model)/)))).toEqual(new Set(['600']));
  database.close();
  await store.close();
});

test('a backup, and a log restored from one that was opened to others, are for their owner alone', async () => {
  const directory = openDirectory();
  const store = openSqliteEventStore({ directory, clock: Date.now });
  const backup = openDirectory();
  await store.backup(backup);
  await store.close();
  expect(modesIn(backup, /./)).toEqual({ 'events.db': '600' });
  chmodSync(join(backup, 'events.db'), 0o644);
  const restored = openDirectory();
  restoreLog(backup, restored, 'events.db');
  expect(modesIn(restored, /^events/)).toEqual({ 'events.db': '600' });
});
