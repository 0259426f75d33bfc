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
  /** Whether there is anything, known by then or later, in the tables of what most people have nothing of. */
  readonly changed: number;
  readonly account: number;
  readonly erasing: number;
  readonly held: number;
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

/** A person with what else there is of them, which is looked up when it is asked for. */
export interface Registered {
  readonly row: SubjectRow;
  profileAt(at: Instant): Profile;
  /** Anonymous persons that are this account. */
  linked(): readonly string[];
}

/** What {@link PersonFacts} are made from. */
export interface RegisteredQueries {
  registered(id: string, n: number): Registered | undefined;
  /** Several, by the ordinals of their registrations, read together; in no order. */
  registeredTogether(registrations: readonly number[], n: number): readonly Registered[];
}

/** Steps of an erasure that are looked at; a request cannot be made twice, so no more follow a decline. */
const MAX_STEPS = 8;

export function subjectQueries(database: Database.Database, state: TablesState): SubjectQueries & RegisteredQueries {
  const table = (name: string) => tableName(subjects, name);
  const byId = database.prepare<[{ n: number; id: string }], StoredRow>(
    `${storedRows(`${table('subjects')} AS subject`)} WHERE subject.id = @id AND subject.n <= @n`,
  );
  const together = database.prepare<[{ n: number; asked: string }], StoredRow>(
    `${storedRows(`json_each(@asked) AS asked CROSS JOIN ${table('subjects')} AS subject ON subject.n = asked.value`)}
     WHERE subject.n <= @n`,
  );
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
    const found = row.changed === 0 ? undefined : parts.get({ subject: row.n, t: epochMsOf(effectiveAt), n });
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
    const standing = row.erasing === 0 ? [] : sinceDecline(steps.all(row.n, n));
    const at = (step: ErasureStep): Instant | undefined => {
      const found = standing.find((each) => each.step === step);
      return found && instantAt(found.at);
    };
    const hold = row.held === 0 ? undefined : holdOf(row.n, n);
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

  const linkedTo = linksOf(database);
  const rowAt = remembering(state, (n, id) => byId.get({ n, id }));
  const subjectAt = remembering(state, (n, id) => {
    const row = rowAt(n, id);
    return row && subjectRow(row, n);
  });

  function registeredAt(row: StoredRow, subject: SubjectRow, n: number): Registered {
    return {
      row: subject,
      profileAt: (effectiveAt) => profileIn(row, { effectiveAt, n }),
      linked: () => (row.account === 0 ? [] : linkedTo(row.id, { n })),
    };
  }

  return {
    registered: (id, n) => {
      const row = rowAt(n, id);
      const subject = subjectAt(n, id);
      return row && subject && registeredAt(row, subject, n);
    },
    registeredTogether: (registrations, n) =>
      together.all({ n, asked: JSON.stringify(registrations) }).map((row) => registeredAt(row, subjectRow(row, n), n)),
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
    subjectsPage: pagesOf(database, { profileIn, subjectRow }),
    subjectsCount: countsOf(database),
    linkedTo,
    erasuresDue: dueErasures(database, holdOf),
    nextHoldEnd: holdEnds(database),
    tokensRevokedAt: revocationsOf(database),
  };
}

/** People with their organisation, whom they turned out to be, and of what there is more to look up. */
function storedRows(from: string): string {
  const table = (name: string) => tableName(subjects, name);
  const any = (name: string, column: string) => `EXISTS (SELECT 1 FROM ${table(name)} WHERE ${column} = subject.n)`;
  return `SELECT subject.n, subject.id, subject.registered_at, subject.anonymous,
      subject.categories, subject.customer, subject.exempt, organisation.organisation,
      (SELECT account.id FROM ${table('links')} AS link JOIN ${table('subjects')} AS account
         ON account.n = link.account WHERE link.anonymous = subject.n AND link.n <= @n) AS linked_to,
      ${any('profiles', 'subject')} AS changed, ${any('links', 'account')} AS account,
      ${any('erasures', 'subject')} AS erasing, ${any('holds', 'subject')} AS held
    FROM ${from}
    JOIN ${table('organisations')} AS organisation ON organisation.number = subject.organisation`;
}

/** The steps that still stand, the last first: those before a decline are over. */
function sinceDecline(steps: readonly StoredStep[]): readonly StoredStep[] {
  const declined = steps.findIndex(({ step }) => step === 'DECLINED');
  return declined < 0 ? steps : steps.slice(0, declined);
}

interface Lookups {
  profileIn(row: StoredRow, at: Moment): Profile;
  subjectRow(row: StoredRow, n: number): SubjectRow;
}

/** People read at a time while looking for those asked for. */
const CHUNK = 200;

function pagesOf(
  database: Database.Database,
  { profileIn, subjectRow }: Lookups,
): (range: SubjectsRange, at: Moment) => SubjectsPage {
  const owner = `(SELECT number FROM ${tableName(subjects, 'organisations')} WHERE organisation = @owner)`;
  const people = `${tableName(subjects, 'subjects')} AS subject`;
  const belongings = `${tableName(subjects, 'customers')} AS belonging`;
  const registered = database.prepare<[AskedRange], StoredRow>(
    `${storedRows(people)} WHERE subject.organisation = ${owner} AND subject.n > @after AND subject.n <= @n
     ORDER BY subject.n LIMIT @limit`,
  );
  const belonging = database.prepare<[AskedRange], StoredRow>(
    `${storedRows(`${belongings} CROSS JOIN ${people} ON subject.n = belonging.subject`)}
     WHERE belonging.customer = ${owner} AND belonging.subject > @after AND belonging.subject <= @n
     ORDER BY belonging.subject LIMIT @limit`,
  );

  function isWanted(row: StoredRow, { of, category }: SubjectsRange, at: Moment): boolean {
    if (!('customer' in of) && category === undefined) return true;
    const profile = profileIn(row, at);
    if ('customer' in of && profile.customerId !== of.customer) return false;
    return category === undefined || profile.categories.includes(category);
  }

  return (range, at) => {
    const { of, after = 0, limit } = range;
    const [statement, owned] = 'customer' in of ? [belonging, of.customer] : [registered, of.organisation];
    const isFiltered = 'customer' in of || range.category !== undefined;
    // One more than asked for tells whether there are more.
    const chunk = isFiltered ? CHUNK : Math.min(CHUNK, limit + 1);
    const rows: SubjectRow[] = [];
    let seen = after;
    for (let looked = 0; looked < MAX_LOOKED_AT; looked += chunk) {
      const found = statement.all({ owner: owned, after: seen, n: at.n, limit: chunk });
      for (const row of found) {
        if (isWanted(row, range, at)) {
          if (rows.length >= limit) return { rows, next: seen };
          rows.push(subjectRow(row, at.n));
        }
        seen = row.n;
      }
      if (found.length < chunk) return { rows, next: undefined };
    }
    return { rows, next: seen };
  };
}

interface AskedRange {
  readonly owner: string;
  readonly after: number;
  readonly n: number;
  readonly limit: number;
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
