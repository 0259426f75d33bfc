import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSqliteEventStore } from '../../src/event-store/sqlite/sqlite-event-store';
import { collect, freshStream, sampleEvent, sampleEvents } from '../support/event-store-samples';
import { emptyDirectories } from '../support/sqlite-log-files';

const clock = Date.now;

describe('backup', () => {
  const emptyDirectory = emptyDirectories();

  test('of a log at rest opens as the same log', async () => {
    const store = openSqliteEventStore({ directory: emptyDirectory(), clock });
    const stream = freshStream();
    const { position } = await store.append(stream, sampleEvents(5), 0);
    const target = join(emptyDirectory(), 'made', 'for it');
    expect(await store.backup(target)).toEqual({ position });
    expect(readdirSync(target)).toEqual(['events.db']);

    const copy = openSqliteEventStore({ directory: target, clock });
    expect(await collect(copy.readAll())).toEqual(await collect(store.readAll()));
    expect((await copy.append(stream, sampleEvents(1), 5)).version).toBe(6);
    await copy.close();
    await store.close();
  });

  test('made while writers write is the log up to one place, with everything acknowledged before it began', async () => {
    const store = openSqliteEventStore({ directory: emptyDirectory(), clock });
    const text = 'x'.repeat(20_000);
    let acknowledged = 0;
    let stop = false;
    const writer = async (stream: string) => {
      for (let version = 0; !stop; version += 1) {
        await store.append(stream, [sampleEvent({ text })], version);
        acknowledged += 1;
      }
    };
    const writing = Promise.all([1, 2, 3, 4].map(() => writer(freshStream())));
    while (acknowledged < 200) {
      await new Promise(setImmediate);
    }
    const before = acknowledged;
    const target = emptyDirectory();
    const { position } = await store.backup(target);
    const writtenMeanwhile = acknowledged - before;
    stop = true;
    await writing;

    const copy = openSqliteEventStore({ directory: target, clock });
    const copied = await collect(copy.readAll());
    await copy.close();
    expect(writtenMeanwhile).toBeGreaterThan(0);
    expect(copied.length).toBeGreaterThanOrEqual(before);
    expect(copied.at(-1)?.position).toBe(position);
    expect(copied).toEqual(await collect(store.readAll({ limit: copied.length })));
    await store.close();
  });

  test('of an empty log and of a log in memory is a log too', async () => {
    const store = openSqliteEventStore({ clock });
    const [empty, filled] = [emptyDirectory(), emptyDirectory()];
    expect(await store.backup(empty)).toEqual({ position: undefined });
    await store.append(freshStream(), sampleEvents(2), 0);
    expect(await store.backup(filled)).toEqual({ position: '2' });
    for (const [directory, events] of [[empty, 0] as const, [filled, 2] as const]) {
      const copy = openSqliteEventStore({ directory, clock });
      expect(await collect(copy.readAll())).toHaveLength(events);
      await copy.close();
    }
    await store.close();
  });

  test('never writes over a log that is there', async () => {
    const store = openSqliteEventStore({ clock });
    const target = emptyDirectory();
    writeFileSync(join(target, 'events.db'), 'kept');
    await expect(store.backup(target)).rejects.toMatchObject({ code: 'BACKUP_EXISTS' });
    expect(readFileSync(join(target, 'events.db'), 'utf8')).toBe('kept');
    await store.close();
  });

  test('goes where an interrupted one left its unfinished file', async () => {
    const store = openSqliteEventStore({ clock });
    await store.append(freshStream(), sampleEvents(1), 0);
    const target = emptyDirectory();
    writeFileSync(join(target, 'events.db.part'), 'half a log');
    expect(await store.backup(target)).toEqual({ position: '1' });
    expect(readdirSync(target)).toEqual(['events.db']);
    await store.close();
  });

  test('that cannot be written is refused as unavailable and leaves the store working', async () => {
    const store = openSqliteEventStore({ clock });
    const target = emptyDirectory();
    mkdirSync(join(target, 'events.db.part', 'in the way'), { recursive: true });
    await expect(store.backup(target)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    writeFileSync(join(target, 'file'), '');
    await expect(store.backup(join(target, 'file'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect((await store.append(freshStream(), sampleEvents(1), 0)).version).toBe(1);
    await store.close();
  });

  test('of a closed store is refused as unavailable', async () => {
    const store = openSqliteEventStore({ clock });
    await store.close();
    await expect(store.backup(emptyDirectory())).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  test('under way when the store closes is finished or refused, never half there', async () => {
    const store = openSqliteEventStore({ directory: emptyDirectory(), clock });
    await store.append(freshStream(), sampleEvents(2_000), 0);
    const target = emptyDirectory();
    const backup = store.backup(target).then(
      () => ['events.db'],
      () => [],
    );
    await store.close();
    const left = await backup;
    expect(readdirSync(target)).toEqual(left);
  });
});
