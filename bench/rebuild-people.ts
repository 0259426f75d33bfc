import { openSqliteEventStore } from '../src/event-store/sqlite/sqlite-event-store';
import { PROJECTIONS } from '../src/read-models/sqlite/open-read-models';
import { type BenchRow, printBenchRows } from './bench-row';
import { recordPeople } from './people-log';
import { LEAST_PER_SECOND, ratesOf, rowOf } from './rebuild';

const PEOPLE = 10_000;
const FACTS_EACH = 9;
const FIRST_MS = Date.parse('2020-01-01T00:00:00.000Z');

/** Read models from zero over a log of people's facts: by the runner, with every index made. */
export async function run(): Promise<BenchRow[]> {
  const store = openSqliteEventStore({ clock: () => FIRST_MS });
  const events = await recordPeople(store, PEOPLE, FACTS_EACH);
  const all = await ratesOf(store, events, PROJECTIONS);
  const name = `read models of people from zero by the runner, ${PROJECTIONS.length} projections, ${events} events`;
  const rows = [rowOf(name, all.byRunner, LEAST_PER_SECOND)];
  for (const projection of PROJECTIONS.filter(({ categories }) => categories.includes('subject'))) {
    const { byRunner } = await ratesOf(store, events, [projection]);
    rows.push(rowOf(`${projection.name}-v${projection.version} alone, facts of people`, byRunner, LEAST_PER_SECOND));
  }
  await store.close();
  return rows;
}

if (require.main === module) {
  run().then(printBenchRows);
}
