import type Database from 'better-sqlite3';
import { type ErasureStep, NO_CUSTOMER, PART, subjects } from '../../../projections/subjects';
import type { Profile } from '../../domain/subject/subject.events';
import { epochMsOf, type Instant, instantAt } from '../../domain/time';
import {
  type ErasureDue,
  type ErasuresPage,
  type ErasuresRange,
  type Hold,
  MAX_LOOKED_AT,
  type PeopleQueries,
  type SubjectRow,
  type SubjectsPage,
  type SubjectsRange,
} from '../people';
import type { Known, Moment } from '../read-models';
import { remembering, type TablesState } from './remembered-answers';
import { tableName } from './table-names';

export type SubjectQueries = Pick<
  PeopleQueries,
  | 'subjectById'
  | 'profileOf'
  | 'profileChangedFrom'
  | 'subjectsPage'
  | 'subjectsCount'
  | 'linkedTo'
  | 'erasuresDue'
  | 'nextHoldEnd'
  | 'tokensRevokedAt'
>;

interface StoredRow {
  readonly n: number;
  readonly id: string;
  readonly organisation: string;
  readonly anonymous: number;
  readonly registered_at: number;
  readonly categories: string;
  readonly customer: string;
  readonly exempt: number;
  readonly linked_to: string | null;
  readonly erasure: ErasureStep | null;
}

interface StoredParts {
  readonly categories: string | null;
  readonly customer: string | null;
  readonly exempt: string | null;
}

interface StoredStep {
  readonly step: ErasureStep;
  readonly at: number;
}

interface StoredHold {
  readonly placed_at: number | null;
  readonly until: number | null;
}

/** Steps of an erasure that are looked at; a request cannot be made twice, so no more follow a decline. */
const MAX_STEPS = 8;

export function subjectQueries(database: Database.Database, state: TablesState): SubjectQueries {
  const table = (name: string) => tableName(subjects, name);
  const select = `SELECT subject.n, subject.id, subject.registered_at, subject.anonymous,
      subject.categories, subject.customer, subject.exempt, organisation.organisation,
      (SELECT account.id FROM ${table('links')} AS link JOIN ${table('subjects')} AS account
         ON account.n = link.account WHERE link.anonymous = subject.n AND link.n <= ?) AS linked_to
    FROM ${table('subjects')} AS subject
    JOIN ${table('organisations')} AS organisation ON organisation.number = subject.organisation`;
  const byId = database.prepare<[number, string, number], StoredRow>(
    `${select} WHERE subject.id = ? AND subject.n <= ?`,
  );
  const byN = database.prepare<[number, number], StoredRow>(`${select} WHERE subject.n = ?`);
  const partAt = (part: number, name: string) =>
    `(SELECT value FROM ${table('profiles')} WHERE subject = @subject AND part = ${part} AND valid_from <= @t
        AND n <= @n ORDER BY valid_from DESC, place DESC LIMIT 1) AS ${name}`;
  const parts = database.prepare<[{ subject: number; t: number; n: number }], StoredParts>(
    `SELECT ${Object.entries(PART)
      .map(([name, part]) => partAt(part, name))
      .join(', ')}`,
  );
  const lastChange = database
    .prepare<[number, number], number | null>(
      `SELECT max(valid_from) FROM ${table('profiles')} WHERE subject = ? AND n <= ?`,
    )
    .pluck();
  const steps = database.prepare<[number, number], StoredStep>(
    `SELECT step, at FROM ${table('erasures')} WHERE subject = ? AND n <= ? ORDER BY n DESC LIMIT ${MAX_STEPS}`,
  );
  const lastHold = database.prepare<[number, number], StoredHold>(
    `SELECT placed_at, until FROM ${table('holds')} WHERE subject = ? AND n <= ? ORDER BY n DESC LIMIT 1`,
  );

  function profileIn(row: StoredRow, { effectiveAt, n }: Moment): Profile {
    const found = parts.get({ subject: row.n, t: epochMsOf(effectiveAt), n });
    const customerId = found?.customer ?? row.customer;
    return {
      categories: JSON.parse(found?.categories ?? row.categories) as readonly string[],
      ...(customerId !== NO_CUSTOMER && { customerId }),
      exempt: Number(found?.exempt ?? row.exempt) === 1,
    };
  }

  function holdOf(subject: number, n: number): Hold | undefined {
    const last = lastHold.get(subject, n);
    if (!last || last.placed_at === null) return undefined;
    return { placedAt: instantAt(last.placed_at), until: last.until === null ? undefined : instantAt(last.until) };
  }

  function subjectRow(row: StoredRow, n: number): SubjectRow {
    const standing = sinceDecline(steps.all(row.n, n));
    const at = (step: ErasureStep): Instant | undefined => {
      const found = standing.find((each) => each.step === step);
      return found && instantAt(found.at);
    };
    const hold = holdOf(row.n, n);
    const erasedAt = at('ERASED');
    return {
      n: row.n,
      id: row.id,
      organisation: row.organisation,
      anonymous: row.anonymous === 1,
      registeredAt: instantAt(row.registered_at),
      linkedTo: row.linked_to ?? undefined,
      erasureRequestedAt: erasedAt === undefined ? at('REQUESTED') : undefined,
      erasureDecidedAt: at('DECIDED'),
      erasureStartedAt: at('STARTED'),
      erasedAt,
      hold,
      restrictedUntil: hold?.until,
    };
  }

  const rowAt = remembering(state, (n, id) => byId.get(n, id, n));
  const subjectAt = remembering(state, (n, id) => {
    const row = rowAt(n, id);
    return row && subjectRow(row, n);
  });

  return {
    subjectById: (id, { n }) => subjectAt(n, id),
    profileOf: (id, at) => {
      const row = rowAt(at.n, id);
      return row && profileIn(row, at);
    },
    profileChangedFrom: (id, { n }) => {
      const row = rowAt(n, id);
      const changed = row && (lastChange.get(row.n, n) ?? undefined);
      return changed === undefined ? undefined : instantAt(changed);
    },
    subjectsPage: pagesOf(database, { rowOf: (subject, n) => byN.get(n, subject), profileIn, subjectRow }),
    subjectsCount: countsOf(database),
    linkedTo: linksOf(database),
    erasuresDue: dueErasures(database, holdOf),
    nextHoldEnd: holdEnds(database),
    tokensRevokedAt: revocationsOf(database),
  };
}

/** The steps that still stand, the last first: those before a decline are over. */
function sinceDecline(steps: readonly StoredStep[]): readonly StoredStep[] {
  const declined = steps.findIndex(({ step }) => step === 'DECLINED');
  return declined < 0 ? steps : steps.slice(0, declined);
}

interface Lookups {
  rowOf(subject: number, n: number): StoredRow | undefined;
  profileIn(row: StoredRow, at: Moment): Profile;
  subjectRow(row: StoredRow, n: number): SubjectRow;
}

/** People read at a time while looking for those asked for. */
const CHUNK = 200;

function pagesOf(
  database: Database.Database,
  { rowOf, profileIn, subjectRow }: Lookups,
): (range: SubjectsRange, at: Moment) => SubjectsPage {
  const owner = `(SELECT number FROM ${tableName(subjects, 'organisations')} WHERE organisation = ?)`;
  const registered = database
    .prepare<[string, number, number, number], number>(
      `SELECT n FROM ${tableName(subjects, 'subjects')} WHERE organisation = ${owner} AND n > ? AND n <= ?
       ORDER BY n LIMIT ?`,
    )
    .pluck();
  const belonging = database
    .prepare<[string, number, number, number], number>(
      `SELECT subject FROM ${tableName(subjects, 'customers')} WHERE customer = ${owner} AND subject > ? AND subject <= ?
       ORDER BY subject LIMIT ?`,
    )
    .pluck();

  function isWanted(row: StoredRow, { of, category }: SubjectsRange, at: Moment): boolean {
    if (!('customer' in of) && category === undefined) return true;
    const profile = profileIn(row, at);
    if ('customer' in of && profile.customerId !== of.customer) return false;
    return category === undefined || profile.categories.includes(category);
  }

  return (range, at) => {
    const { of, after = 0, limit } = range;
    const rows: SubjectRow[] = [];
    let seen = after;
    for (let looked = 0; looked < MAX_LOOKED_AT; looked += CHUNK) {
      const found =
        'customer' in of
          ? belonging.all(of.customer, seen, at.n, CHUNK)
          : registered.all(of.organisation, seen, at.n, CHUNK);
      for (const subject of found) {
        const row = rowOf(subject, at.n);
        if (row && isWanted(row, range, at)) {
          if (rows.length >= limit) return { rows, next: seen };
          rows.push(subjectRow(row, at.n));
        }
        seen = subject;
      }
      if (found.length < CHUNK) return { rows, next: undefined };
    }
    return { rows, next: seen };
  };
}

function countsOf(database: Database.Database): SubjectQueries['subjectsCount'] {
  const lastBy = database
    .prepare<[string, number], number>(
      `SELECT so_far FROM ${tableName(subjects, 'subjects')} WHERE organisation =
         (SELECT number FROM ${tableName(subjects, 'organisations')} WHERE organisation = ?) AND n <= ?
       ORDER BY n DESC LIMIT 1`,
    )
    .pluck();
  return (organisationId, { n }) => lastBy.get(organisationId, n) ?? 0;
}

function linksOf(database: Database.Database): SubjectQueries['linkedTo'] {
  const linked = database
    .prepare<[string, number], string>(
      `SELECT anonymous.id FROM ${tableName(subjects, 'subjects')} AS account
       JOIN ${tableName(subjects, 'links')} AS link ON link.account = account.n
       JOIN ${tableName(subjects, 'subjects')} AS anonymous ON anonymous.n = link.anonymous
       WHERE account.id = ? AND link.n <= ? ORDER BY link.n`,
    )
    .pluck();
  return (subjectId, { n }) => linked.all(subjectId, n);
}

interface StoredDue {
  readonly n: number;
  readonly registered_n: number;
  readonly id: string;
  readonly organisation: string;
  readonly started: number;
}

function dueErasures(
  database: Database.Database,
  holdOf: (subject: number, n: number) => Hold | undefined,
): (range: ErasuresRange, prefix: Known) => ErasuresPage {
  const standing = (closed: string) =>
    database.prepare<[{ after: number; n: number; limit: number }], StoredDue>(
      `SELECT due.n, subject.n AS registered_n, subject.id, organisation.organisation,
         EXISTS (SELECT 1 FROM ${tableName(subjects, 'erasures')} AS step
           WHERE step.subject = due.subject AND step.n <= @n AND step = 'STARTED') AS started
       FROM ${tableName(subjects, 'due')} AS due
       JOIN ${tableName(subjects, 'subjects')} AS subject ON subject.n = due.subject
       JOIN ${tableName(subjects, 'organisations')} AS organisation ON organisation.number = subject.organisation
       WHERE ${closed} AND due.n > @after AND due.n <= @n ORDER BY due.n LIMIT @limit`,
    );
  const open = standing('closed_n IS NULL');
  const closedLater = standing('closed_n > @n');
  return ({ after = 0, limit }, { n }) => {
    const range = { after, n, limit: limit + 1 };
    const found = [...open.all(range), ...closedLater.all(range)].sort((a, b) => a.n - b.n);
    const rows = found.slice(0, limit).map(
      (row): ErasureDue => ({
        n: row.n,
        subject: row.id,
        organisation: row.organisation,
        started: row.started === 1,
        hold: holdOf(row.registered_n, n),
      }),
    );
    return { rows, hasMore: found.length > limit };
  };
}

function holdEnds(database: Database.Database): SubjectQueries['nextHoldEnd'] {
  const first = database
    .prepare<[{ n: number; after: number }], number | null>(
      `SELECT min(until) FROM (
         SELECT (SELECT CASE WHEN placed_at IS NULL THEN NULL ELSE until END FROM ${tableName(subjects, 'holds')} AS hold
           WHERE hold.subject = waiting.subject AND hold.n <= @n ORDER BY hold.n DESC LIMIT 1) AS until
         FROM (SELECT subject FROM ${tableName(subjects, 'due')}
           WHERE closed_n IS NULL AND n <= @n ORDER BY n LIMIT ${MAX_LOOKED_AT}) AS waiting)
       WHERE until > @after`,
    )
    .pluck();
  return (after, { n }) => {
    const until = first.get({ n, after: epochMsOf(after) }) ?? undefined;
    return until === undefined ? undefined : instantAt(until);
  };
}

function revocationsOf(database: Database.Database): SubjectQueries['tokensRevokedAt'] {
  const last = database
    .prepare<[string, number], number>(
      `SELECT revoked_at FROM ${tableName(subjects, 'revocations')} WHERE subject =
         (SELECT n FROM ${tableName(subjects, 'subjects')} WHERE id = ?) AND n <= ? ORDER BY n DESC LIMIT 1`,
    )
    .pluck();
  return (subjectId, { n }) => {
    const found = last.get(subjectId, n);
    return found === undefined ? undefined : instantAt(found);
  };
}
