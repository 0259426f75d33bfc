import { READ_PREFIXES } from '../../src/read-models/incoming-event';
import { dumpTables } from '../../src/read-models/sqlite/dump-tables';
import { PROJECTIONS } from '../../src/read-models/sqlite/open-read-models';
import { openReadModelDatabase } from '../../src/read-models/sqlite/read-model-database';
import { readModelStorage } from '../../src/read-models/sqlite/read-model-storage';
import { seededRandom } from '../read-models/support/random-history';
import { crowdHistory } from '../support/crowd-story';
import { incomingEvents } from './support/tables-of-history';

/** What a fold keeps in memory of a transaction that was taken back must go with it. TEST_SEED replays what failed. */
const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const PEOPLE = 60;
const BATCH = 40;

test('a batch that fails at its last event leaves the rows that it would have left without it', () => {
  const events = incomingEvents(crowdHistory(seededRandom(seed), PEOPLE).events);
  const told = events.findLast(({ event }) => event?.type === 'NoticeShown');
  if (told?.event?.type !== 'NoticeShown') throw new Error(`Nothing was shown to anybody: ${seed}`);
  const data = { ...told.event.data, subjectId: '00000000-0000-4000-8000-00000000dead' };
  const ofNobody = { ...told, event: { ...told.event, data } };

  const rowsAfter = (endOfBatch: readonly (typeof ofNobody)[]) => {
    const database = openReadModelDatabase(':memory:');
    const tables = readModelStorage(database, PROJECTIONS, READ_PREFIXES).live();
    for (let from = 0; from < events.length; from += BATCH) {
      const batch = events.slice(from, from + BATCH);
      const { applied } = tables.apply([...batch, ...endOfBatch]);
      expect({ seed, from, applied }).toEqual({ seed, from, applied: batch.length });
    }
    const rows = [...dumpTables(database, PROJECTIONS)].filter((row) => row.startsWith('population'));
    database.close();
    return rows;
  };

  const rows = rowsAfter([]);
  expect(rows.length).toBeGreaterThan(PEOPLE);
  expect({ seed, rows: rowsAfter([ofNobody]) }).toEqual({ seed, rows });
});
