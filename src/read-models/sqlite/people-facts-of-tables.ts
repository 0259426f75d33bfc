import type Database from 'better-sqlite3';
import { consentDecisions } from '../../../projections/consent-decisions';
import { notices } from '../../../projections/notices';
import type { Projection } from '../../../projections/projection';
import { type FactLists, factLists } from '../../domain/subject/facts-by-policy';
import type { PersonFacts } from '../../domain/subject/person-facts';
import type { Channel, Method } from '../../domain/subject/subject.events';
import type { PeopleQueries } from '../people';
import { numberedNames } from './numbered-names';
import { personOf } from './person-facts-of-tables';
import type { TablesState } from './remembered-answers';
import { decisionFacts, noticeFacts } from './stored-facts';
import type { RegisteredQueries } from './subject-queries';
import { tableName } from './table-names';

/** Most rows of one table that are read together; where people have more, they are read one by one. */
const MAX_TOGETHER = 5_000;

/** Fills the lists of each of the people; false: there are too many facts. */
type FillLists = (subjectIds: readonly string[], n: number, lists: readonly FactLists[]) => boolean;

/**
 * What rules ask about several people, a table at a time: a row that is read with others takes a fifth of the time of
 * one that is asked for by itself.
 */
export function peopleFactsOfTables(
  database: Database.Database,
  state: TablesState,
  people: Pick<RegisteredQueries, 'registeredTogether'> & Pick<PeopleQueries, 'personFacts'>,
): PeopleQueries['peopleFacts'] {
  const decided = decisionLists(database, state);
  const told = noticeLists(database, state);

  function listsOf(subjectIds: readonly string[], n: number): readonly FactLists[] | undefined {
    const lists = subjectIds.map(factLists);
    return decided(subjectIds, n, lists) && told(subjectIds, n, lists) ? lists : undefined;
  }

  return (registrations, prefix) => {
    const { n } = prefix;
    const found = people.registeredTogether(registrations, n);
    const ids = found.map(({ row }) => row.id);
    const lists = listsOf(ids, n);
    const facts = new Map<number, PersonFacts>();
    for (const [index, registered] of found.entries()) {
      const { id, n: registration } = registered.row;
      const filled = lists?.[index]?.sorted();
      const person = filled
        ? personOf(registered, (linked) => people.personFacts(linked, prefix), filled)
        : people.personFacts(id, prefix);
      if (person) facts.set(registration, person);
    }
    return facts;
  };
}

function decisionLists(database: Database.Database, state: TablesState): FillLists {
  const names = numberedNames(database, state, consentDecisions);
  const purposeOf = names.named<{ readonly policy: string; readonly purpose: string }>('purposes', 'policy', 'purpose');
  const { decision, deferral, layer } = decisionFacts(names);
  const about = (lists: FactLists, number: number) => {
    const { policy, purpose } = purposeOf(number);
    return lists.ofPurpose(policy, purpose);
  };
  const rowsOf = readingTogether(database, consentDecisions, 'purpose');
  return filling(database, consentDecisions, [
    rowsOf<readonly [number, number | null, number | null]>(
      ['decisions', 'kind', 'text', 'expires_at'],
      (row, lists) => {
        const [, purpose, valid_from, place, occurred_at, kind, text, expires_at] = row;
        about(lists, purpose).decisions.push(decision({ valid_from, place, occurred_at, kind, text, expires_at }));
      },
    ),
    rowsOf<readonly [number]>(['deferrals', 'text'], (row, lists) => {
      const [, purpose, valid_from, place, occurred_at, text] = row;
      about(lists, purpose).deferrals.push(deferral({ valid_from, place, occurred_at, text }));
    }),
    rowsOf<readonly [number]>(['layers', 'kind'], (row, lists) => {
      const [, purpose, valid_from, place, occurred_at, kind] = row;
      about(lists, purpose).layers.push(layer({ valid_from, place, occurred_at, kind }));
    }),
  ]);
}

function noticeLists(database: Database.Database, state: TablesState): FillLists {
  const names = numberedNames(database, state, notices);
  const policyOf = names.named<{ readonly policy: string }>('policies', 'policy');
  const { notice, acceptance } = noticeFacts(names);
  const about = (lists: FactLists, number: number) => lists.ofPolicy(policyOf(number).policy);
  const rowsOf = readingTogether(database, notices, 'policy');
  return filling(database, notices, [
    rowsOf<readonly [number, number, Channel, Method | null]>(
      ['notices', 'step', 'version', 'channel', 'method'],
      (row, lists) => {
        const [, policy, valid_from, place, occurred_at, step, version, channel, method] = row;
        about(lists, policy).notices.push(notice({ valid_from, place, occurred_at, step, version, channel, method }));
      },
    ),
    rowsOf<readonly [number, number]>(['acceptances', 'kind', 'text'], (row, lists) => {
      const [, policy, valid_from, place, occurred_at, kind, text] = row;
      about(lists, policy).acceptances.push(acceptance({ valid_from, place, occurred_at, kind, text }));
    }),
  ]);
}

/** The person's place among those asked for, the number of what it is about, and times and place of the fact. */
type Placing = readonly [person: number, about: number, valid_from: number, place: number, occurred_at: number];

/** Rows of one table of people by their numbers. */
type RowsTogether = (numbers: string, n: number, lists: readonly (FactLists | undefined)[]) => boolean;

/** Rows are read as lists of their cells: that takes half the time of objects with names. */
function readingTogether(database: Database.Database, projection: Projection, thing: 'purpose' | 'policy') {
  return <Cells extends readonly unknown[]>(
    [table, ...columns]: readonly [table: string, ...columns: readonly string[]],
    put: (row: readonly [...Placing, ...Cells], lists: FactLists) => void,
  ): RowsTogether => {
    const cells = [thing, 'valid_from', 'place', 'occurred_at', ...columns].map((column) => `fact.${column}`);
    const find = database
      .prepare<[string, number, number], readonly [...Placing, ...Cells]>(
        `SELECT asked.key, ${cells.join(', ')} FROM json_each(?) AS asked
         CROSS JOIN ${tableName(projection, table)} AS fact ON fact.subject = asked.value
         WHERE fact.k_from <= ? AND (fact.k_to IS NULL OR fact.k_to > ?) LIMIT ${MAX_TOGETHER + 1}`,
      )
      .raw();
    return (numbers, n, lists) => {
      const rows = find.all(numbers, n, n);
      if (rows.length > MAX_TOGETHER) return false;
      for (const row of rows) {
        const of = lists[row[0]];
        if (of) put(row, of);
      }
      return true;
    };
  };
}

/** Of people whom a projection knows: who has a number has facts. */
function filling(database: Database.Database, projection: Projection, tables: readonly RowsTogether[]): FillLists {
  const numbers = database
    .prepare<[string], readonly [place: number, number: number]>(
      `SELECT asked.key, people.number FROM json_each(?) AS asked
       CROSS JOIN ${tableName(projection, 'people')} AS people ON people.subject = asked.value`,
    )
    .raw();
  return (subjectIds, n, lists) => {
    const known = numbers.all(JSON.stringify(subjectIds));
    const theirs = known.map(([place]) => lists[place]);
    const asked = JSON.stringify(known.map(([, number]) => number));
    return tables.every((read) => read(asked, n, theirs));
  };
}
