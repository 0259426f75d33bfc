import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSqliteEventStore } from '../../src/event-store/sqlite/sqlite-event-store';
import { storms } from '../support/append-storm';
import { freshStream, sampleEvents } from '../support/event-store-samples';
import { emptyDirectories } from '../support/sqlite-log-files';

const clock = Date.now;

describe('lock on the data directory', () => {
  const emptyDirectory = emptyDirectories();
  const startStorm = storms();

  test('a second store of the same process is refused with its pid, and the first goes on', async () => {
    const directory = emptyDirectory();
    const first = openSqliteEventStore({ directory, clock });
    const refusal = { code: 'DATA_DIRECTORY_LOCKED', name: 'DataDirectoryLocked', directory, pid: process.pid };
    for (let attempt = 0; attempt < 3; attempt += 1) {
      expect(() => openSqliteEventStore({ directory, clock })).toThrow(expect.objectContaining(refusal));
    }
    await first.append(freshStream(), sampleEvents(1), 0);
    await first.close();
  });

  test('a closed store leaves the directory to the next', async () => {
    const directory = emptyDirectory();
    for (let round = 0; round < 3; round += 1) {
      const store = openSqliteEventStore({ directory, clock });
      await store.append(freshStream(), sampleEvents(1), 0);
      await store.close();
    }
  });

  test('a store of another process is named by its pid, and SIGKILL frees its directory', async () => {
    const directory = emptyDirectory();
    const holder = startStorm(directory, { writers: 2 });
    await holder.untilLines(3);
    const refusal = { code: 'DATA_DIRECTORY_LOCKED', pid: holder.pid };
    expect(() => openSqliteEventStore({ directory, clock })).toThrow(expect.objectContaining(refusal));
    await holder.kill();
    const store = openSqliteEventStore({ directory, clock });
    await store.append(freshStream(), sampleEvents(1), 0);
    await store.close();
  });

  test('a start right after a SIGKILL waits until the system has ended the holder', async () => {
    for (let round = 0; round < 3; round += 1) {
      const directory = emptyDirectory();
      const holder = startStorm(directory, { writers: 2 });
      await holder.untilLines(3);
      // Not waited for: it may still be at its end when the next one comes.
      const ended = holder.kill();
      await openSqliteEventStore({ directory, clock }).close();
      await ended;
    }
  });

  test('a second store is refused also where somebody deleted the lock, and the first goes on', async () => {
    const directory = emptyDirectory();
    const holder = startStorm(directory, { writers: 2 });
    await holder.untilLines(3);
    const refusal = { code: 'DATA_DIRECTORY_LOCKED', pid: holder.pid };
    for (let attempt = 0; attempt < 3; attempt += 1) {
      rmSync(join(directory, 'samtykke.lock'), { force: true });
      expect(() => openSqliteEventStore({ directory, clock })).toThrow(expect.objectContaining(refusal));
    }
    await holder.untilLines(6);
    await holder.kill();
    await openSqliteEventStore({ directory, clock }).close();
    const first = openSqliteEventStore({ directory, clock });
    rmSync(join(directory, 'samtykke.lock'));
    expect(() => openSqliteEventStore({ directory, clock })).toThrow(expect.objectContaining({ pid: process.pid }));
    await first.append(freshStream(), sampleEvents(1), 0);
    await first.close();
  });

  test('a note of a pid without a lock holds nobody up, even of a process that lives', async () => {
    const directory = emptyDirectory();
    writeFileSync(join(directory, 'samtykke.pid'), `${process.ppid}\n`);
    writeFileSync(join(directory, 'samtykke.lock'), '');
    await openSqliteEventStore({ directory, clock }).close();
  });

  test('a holder whose note cannot be read is refused without a pid', async () => {
    const directory = emptyDirectory();
    const first = openSqliteEventStore({ directory, clock });
    writeFileSync(join(directory, 'samtykke.pid'), 'nobody');
    const refusal = { pid: undefined, message: `The data directory ${directory} is in use by another process.` };
    expect(() => openSqliteEventStore({ directory, clock })).toThrow(expect.objectContaining(refusal));
    await first.close();
  });

  test('a failed opening leaves the directory free', async () => {
    const directory = emptyDirectory();
    writeFileSync(join(directory, 'events.db'), 'no database, but long enough to be looked at as one '.repeat(100));
    for (let attempt = 0; attempt < 2; attempt += 1) {
      expect(() => openSqliteEventStore({ directory, clock })).toThrow(
        expect.objectContaining({ code: 'LOG_FORMAT_UNKNOWN' }),
      );
    }
  });

  test('stores in memory do not hinder each other', async () => {
    const stores = [openSqliteEventStore({ clock }), openSqliteEventStore({ clock })];
    await Promise.all(stores.map((store) => store.append(freshStream(), sampleEvents(1), 0)));
    await Promise.all(stores.map((store) => store.close()));
  });
});
