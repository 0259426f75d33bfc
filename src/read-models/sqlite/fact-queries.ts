import type Database from 'better-sqlite3';
import { clock } from '../../../projections/clock';
import { facts } from '../../../projections/facts';
import { subjects } from '../../../projections/subjects';
import { instantAt } from '../../domain/time';
import type { Position } from '../../event-store/event-store';
import { MAX_TOUCHING, type Touched } from '../people';
import type { FactRow, FactsPage, FactsRange, Known, ReadModels } from '../read-models';
import { statementCache } from './statement-cache';
import { tableName } from './table-names';

export interface FactQueries
  extends Pick<ReadModels, 'factsPage' | 'factOfSubject' | 'touchedBetween' | 'nextFactTouching'> {
  /** The fact of an ordinal; undefined: no fact of an organisation has it. */
  factAt(n: number): FactRow | undefined;
}

interface StoredRow {
  readonly n: number;
  readonly organisation: string;
  readonly policy: string | null;
  readonly subject: string | null;
  readonly type: string;
  readonly stream: string;
  readonly version: number;
  readonly occurred_at: number;
  readonly actor: string | null;
  readonly position: string;
  readonly clock_ms: number;
}

/** A condition with its values. */
type Condition = readonly [sql: string, ...values: (string | number)[]];

/** @param linkedTo anonymous persons that are an account: their facts stand in its lists too (rule D7) */
export function factQueries(
  database: Database.Database,
  linkedTo: (subjectId: string, prefix: Known) => readonly string[],
): FactQueries {
  const rows = statementCache<(string | number)[], StoredRow>(database);
  const numberIn = (table: string, column: string) =>
    `(SELECT number FROM ${tableName(facts, table)} WHERE ${column} = ?)`;
  const organisationIs = numberIn('organisations', 'organisation');
  const streamIs = numberIn('streams', 'stream');
  // All joins are to the left, so that the planner begins with the facts that are asked for.
  const select = `SELECT facts.n, organisation.organisation, policy.stream AS policy, subject.stream AS subject,
      type.type, stream.stream, facts.version, facts.occurred_at, actor.actor, position, clock_ms
    FROM ${tableName(facts, 'facts')} AS facts
    LEFT JOIN ${tableName(facts, 'organisations')} AS organisation ON organisation.number = facts.organisation
    LEFT JOIN ${tableName(facts, 'streams')} AS stream ON stream.number = facts.stream
    LEFT JOIN ${tableName(facts, 'streams')} AS policy ON policy.number = facts.policy
    LEFT JOIN ${tableName(facts, 'streams')} AS subject ON subject.number = facts.subject
    LEFT JOIN ${tableName(facts, 'types')} AS type ON type.number = facts.type
    LEFT JOIN ${tableName(facts, 'actors')} AS actor ON actor.number = facts.actor
    LEFT JOIN ${tableName(clock, 'ticks')} AS ticks ON ticks.n = facts.n`;
  const touching = database.prepare<
    [number, number],
    { readonly subject: string | null; readonly organisation: string; readonly isLink: number }
  >(
    `SELECT subject.stream AS subject, organisation.organisation,
       facts.type IS (SELECT number FROM ${tableName(facts, 'types')} WHERE type = 'SubjectLinked') AS isLink FROM ${tableName(facts, 'facts')} AS facts
     LEFT JOIN ${tableName(facts, 'organisations')} AS organisation ON organisation.number = facts.organisation
     LEFT JOIN ${tableName(facts, 'streams')} AS subject ON subject.number = facts.subject
     WHERE facts.n > ? AND facts.n <= ?
       AND facts.type IS NOT (SELECT number FROM ${tableName(facts, 'types')} WHERE type = 'NoticeNotified')`,
  );
  const accountOf = database
    .prepare<[string], string>(
      `SELECT account.id FROM ${tableName(subjects, 'subjects')} AS anonymous
       JOIN ${tableName(subjects, 'links')} AS link ON link.anonymous = anonymous.n
       JOIN ${tableName(subjects, 'subjects')} AS account ON account.n = link.account WHERE anonymous.id = ?`,
    )
    .pluck();
  const atPlace = database.prepare<[string, number, number], StoredRow>(
    `${select} WHERE facts.subject = ${streamIs} AND facts.stream = facts.subject AND facts.version = ? AND facts.n <= ?`,
  );
  const one = database.prepare<[number], StoredRow>(`${select} WHERE facts.n = ?`);

  function find(range: FactsRange, { n }: Known, conditions: readonly Condition[]): readonly StoredRow[] {
    const { after = 0, before = n + 1, limit, backwards = false } = range;
    const where = [...conditions.map(([sql]) => sql), 'facts.n > ?', 'facts.n < ?'].join(' AND ');
    const found = rows(`${select} WHERE ${where} ORDER BY facts.n ${backwards ? 'DESC' : 'ASC'} LIMIT ?`);
    return found.all(...conditions.flatMap(([, ...values]) => values), after, Math.min(before, n + 1), limit + 1);
  }

  /** Each type is read from its own index and the rows are merged, so that rare types need no long walk. */
  function ofOrganisation(range: FactsRange): readonly (readonly Condition[])[] {
    const { organisation, policy, types } = range;
    const owner: Condition = [`facts.organisation = ${organisationIs}`, organisation];
    const about: readonly Condition[] =
      policy === undefined ? [owner] : [[`facts.policy = ${streamIs}`, `policy-${policy}`], owner];
    if (!types) return [about];
    return [...new Set(types)].map((type) => [...about, [`facts.type = ${numberIn('types', 'type')}`, type] as const]);
  }

  /** The facts of one person are few: each list is read whole, the unary plus keeps the planner to it. */
  function ofPerson(subject: string, range: FactsRange, prefix: Known): readonly (readonly Condition[])[] {
    const { organisation, policy, concerning, types } = range;
    const narrower: Condition[] = [[`+facts.organisation = ${organisationIs}`, organisation]];
    if (policy !== undefined) narrower.push([`+facts.policy = ${streamIs}`, `policy-${policy}`]);
    if (concerning !== undefined) {
      narrower.push([`(+facts.policy IS NULL OR +facts.policy = ${streamIs})`, `policy-${concerning}`]);
    }
    if (types) {
      const wanted = `SELECT number FROM ${tableName(facts, 'types')} WHERE type IN (SELECT value FROM json_each(?))`;
      narrower.push([`+facts.type IN (${wanted})`, JSON.stringify(types)]);
    }
    return [subject, ...linkedTo(subject, prefix)].map((id) => [
      [`facts.subject = ${streamIs}`, `subject-${id}`],
      ...narrower,
    ]);
  }

  function factsPage(range: FactsRange, prefix: Known): FactsPage {
    const { subject, limit, backwards = false } = range;
    const lists = subject === undefined ? ofOrganisation(range) : ofPerson(subject, range, prefix);
    const found = lists.flatMap((conditions) => find(range, prefix, conditions));
    found.sort(backwards ? (a, b) => b.n - a.n : (a, b) => a.n - b.n);
    const page = found.slice(0, limit).map(factRow);
    return { rows: backwards ? page.reverse() : page, hasMore: found.length > limit };
  }

  function touchedBetween(afterN: number, untilN: number): Touched | undefined {
    if (untilN - afterN > MAX_TOUCHING) return undefined;
    const persons = new Set<string>();
    const organisations = new Set<string>();
    for (const { subject, organisation, isLink } of touching.all(afterN, untilN)) {
      if (subject === null) {
        organisations.add(organisation);
        continue;
      }
      persons.add(idOf(subject));
      const account = isLink === 1 ? accountOf.get(idOf(subject)) : undefined;
      if (account !== undefined) persons.add(account);
    }
    return { subjects: persons, organisations };
  }

  return {
    factsPage,
    touchedBetween,
    nextFactTouching: touchingFacts(database),
    factOfSubject: (subjectId, place, { n }) => {
      const found = atPlace.get(`subject-${subjectId}`, place, n);
      return found && factRow(found);
    },
    factAt: (n) => {
      const found = one.get(n);
      return found && factRow(found);
    },
  };
}

function touchingFacts(database: Database.Database): FactQueries['nextFactTouching'] {
  const ownFact = database
    .prepare<[string, number, number], number>(
      `SELECT n FROM ${tableName(facts, 'facts')}
       WHERE subject = (SELECT number FROM ${tableName(facts, 'streams')} WHERE stream = ?) AND n > ? AND n <= ?
         AND type IS NOT (SELECT number FROM ${tableName(facts, 'types')} WHERE type = 'NoticeNotified')
       ORDER BY n LIMIT 1`,
    )
    .pluck();
  const link = database
    .prepare<[string, number, number], number>(
      `SELECT link.n FROM ${tableName(subjects, 'subjects')} AS account
       JOIN ${tableName(subjects, 'links')} AS link ON link.account = account.n
       WHERE account.id = ? AND link.n > ? AND link.n <= ? ORDER BY link.n LIMIT 1`,
    )
    .pluck();
  return (subjectIds, afterN, untilN) => {
    let first: number | undefined;
    for (const id of subjectIds) {
      first = ownFact.get(`subject-${id}`, afterN, first ?? untilN) ?? first;
      first = link.get(id, afterN, first ?? untilN) ?? first;
    }
    return first;
  };
}

function factRow(row: StoredRow): FactRow {
  return {
    n: row.n,
    position: row.position as Position,
    type: row.type,
    organisation: row.organisation,
    policy: row.policy === null ? undefined : idOf(row.policy),
    subject: row.subject === null ? undefined : idOf(row.subject),
    stream: row.stream,
    version: row.version,
    occurredAt: instantAt(row.occurred_at),
    recordedAtMs: row.clock_ms,
    actor: row.actor ?? undefined,
  };
}

/** What a stream is of: its name after the category. */
function idOf(stream: string): string {
  return stream.slice(stream.indexOf('-') + 1);
}
