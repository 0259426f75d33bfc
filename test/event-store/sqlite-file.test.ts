import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { JsonObject } from '../../src/event-store/event-store';
import { openLogDatabase } from '../../src/event-store/sqlite/log-database';
import { openSqliteEventStore } from '../../src/event-store/sqlite/sqlite-event-store';
import { collect, freshStream, sampleEvent, sampleEvents } from '../support/event-store-samples';
import { emptyDirectories } from '../support/sqlite-log-files';

const clock = Date.now;
/** The log takes at most this much more room than what was put into it. */
const MOST_DISK_TO_PAYLOAD = 1.45;

describe('log in a file', () => {
  const emptyDirectory = emptyDirectories();

  test('a store opened again has every event as it was and goes on after the last position', async () => {
    const directory = emptyDirectory();
    const stream = freshStream();
    const first = openSqliteEventStore({ directory, clock });
    const events = sampleEvents(3);
    const answer = await first.append(stream, events, 0);
    const before = await collect(first.readAll());
    await first.close();

    const second = openSqliteEventStore({ directory, clock });
    expect(await collect(second.readAll())).toEqual(before);
    expect(await collect(second.readStream(stream))).toEqual(before);
    expect(await second.head()).toBe(answer.position);
    const next = await second.append(stream, sampleEvents(1), 3);
    expect([next.version, second.comparePositions(answer.position, next.position)]).toEqual([4, -1]);
    await second.close();
  });

  test('an answer lost with the process is given again by the next, from the log', async () => {
    const directory = emptyDirectory();
    const stream = freshStream();
    const events = sampleEvents(3);
    const first = openSqliteEventStore({ directory, clock });
    const answer = await first.append(stream, events, 0);
    await first.close();
    const second = openSqliteEventStore({ directory, clock });
    expect(await second.append(stream, events, 0)).toEqual(answer);
    expect(await collect(second.readAll())).toHaveLength(3);
    await second.close();
  });

  test('the recording time is the given clock, in whole milliseconds, even where it steps back', async () => {
    const times = [1_700_000_000_000.9, 1_600_000_000_000];
    const store = openSqliteEventStore({ clock: () => times.shift() ?? 0 });
    await store.append(freshStream(), sampleEvents(2), 0);
    await store.append(freshStream(), sampleEvents(1), 0);
    const recorded = (await collect(store.readAll())).map((event) => event.recordedAt);
    expect(recorded).toEqual([1_700_000_000_000, 1_700_000_000_000, 1_600_000_000_000]);
    await store.close();
  });

  test('a directory that does not exist yet is made, and a closed one holds no write-ahead log', async () => {
    const directory = join(emptyDirectory(), 'a', 'b');
    const store = openSqliteEventStore({ directory, clock });
    await store.append(freshStream(), sampleEvents(1), 0);
    await store.close();
    expect(readdirSync(directory).sort()).toEqual(['events.db', 'samtykke.lock', 'samtykke.pid']);
  });

  test.each<[string, string]>([
    ['of another application', 'CREATE TABLE notes (text)'],
    ['of a newer release', 'PRAGMA user_version = 99'],
  ])('a file %s is refused and left as it was', async (_, change) => {
    const directory = emptyDirectory();
    const path = join(directory, 'events.db');
    if (change.startsWith('PRAGMA')) {
      openLogDatabase(path).close();
    }
    new Database(path).exec(change).close();
    const size = statSync(path).size;
    expect(() => openSqliteEventStore({ directory, clock })).toThrow(
      expect.objectContaining({ code: 'LOG_FORMAT_UNKNOWN' }),
    );
    expect(statSync(path).size).toBe(size);
  });

  test.each<[string, number, number]>([
    ['many short streams', 4_000, 2],
    ['a few long streams', 20, 400],
  ])(`a log of %s takes at most ${MOST_DISK_TO_PAYLOAD} times its payload on disk`, async (_, streams, versions) => {
    const directory = emptyDirectory();
    const store = openSqliteEventStore({ directory, clock });
    let payload = 0;
    const appends = Array.from({ length: streams }, async () => {
      const stream = freshStream('consent');
      for (let version = 0; version < versions; version += 1) {
        const { id } = sampleEvent();
        const data: JsonObject = {
          policyId: id,
          purposeId: id,
          versionId: id,
          locale: 'nb',
          contentHash: 'a'.repeat(64),
        };
        const ids = { $correlationId: id, $causationId: id, commandId: id, actor: id, tenant: id };
        const metadata: JsonObject = { ...ids, schemaVersion: 1, streamTag: 'b'.repeat(64) };
        payload += Buffer.byteLength(JSON.stringify(data) + JSON.stringify(metadata));
        await store.append(stream, [{ id, type: 'ConsentGiven', data, metadata }], version);
      }
    });
    await Promise.all(appends);
    await store.close();
    expect(statSync(join(directory, 'events.db')).size / payload).toBeLessThanOrEqual(MOST_DISK_TO_PAYLOAD);
  });
});
