import type Database from 'better-sqlite3';
import { consentDecisions } from '../../../projections/consent-decisions';
import { notices } from '../../../projections/notices';
import type { Projection } from '../../../projections/projection';
import { tableName } from './table-names';

/** What the facts of a person name, as far as they are valid from an instant or before and known; sorted. */
export interface TouchedThings {
  purposes(decider: number | undefined, policy: string, atMs: number, n: number): readonly string[];
  policies(decider: number | undefined, reader: number | undefined, atMs: number, n: number): readonly string[];
}

interface Asked {
  readonly person: number;
  readonly t: number;
  readonly n: number;
}

const ABOUT_PURPOSES = ['decisions', 'deferrals', 'layers'];
const ABOUT_POLICIES = ['notices', 'acceptances'];

export function touchedThings(database: Database.Database): TouchedThings {
  const anyOf = (projection: Projection, tables: readonly string[], condition: string) =>
    tables.map((table) => `EXISTS (SELECT 1 FROM ${tableName(projection, table)} WHERE ${condition})`).join(' OR ');
  const known = 'valid_from <= @t AND k_from <= @n AND (k_to IS NULL OR k_to > @n)';
  const purposes = database
    .prepare<[Asked & { readonly policy: string }], string>(
      `SELECT purpose FROM ${tableName(consentDecisions, 'purposes')} AS named WHERE policy = @policy
         AND (${anyOf(consentDecisions, ABOUT_PURPOSES, `subject = @person AND purpose = named.number AND ${known}`)})`,
    )
    .pluck();
  const policiesIn = (projection: Projection, tables: readonly string[], thing: 'purpose' | 'policy') =>
    tables.map((table) =>
      database
        .prepare<[Asked], string>(
          `WITH RECURSIVE ${eachOnce(tableName(projection, table), thing)}
           SELECT DISTINCT policy FROM things
           JOIN ${tableName(projection, thing === 'purpose' ? 'purposes' : 'policies')} ON number = thing
           WHERE ${anyOf(projection, [table], `subject = @person AND ${thing} = things.thing AND ${known}`)}`,
        )
        .pluck(),
    );
  const ofDecider = policiesIn(consentDecisions, ABOUT_PURPOSES, 'purpose');
  const ofReader = policiesIn(notices, ABOUT_POLICIES, 'policy');
  return {
    purposes: (person, policy, t, n) => (person === undefined ? [] : purposes.all({ person, policy, t, n }).sort()),
    policies: (decider, reader, t, n) => {
      const ask = (statements: typeof ofDecider, person: number | undefined) =>
        person === undefined ? [] : statements.flatMap((statement) => statement.all({ person, t, n }));
      const decided = ask(ofDecider, decider);
      const read = ask(ofReader, reader);
      return [...new Set([...decided, ...read])].sort();
    },
  };
}

/** Things that a person's rows are about, each by one seek, however many rows there are of it. */
function eachOnce(table: string, thing: string): string {
  return `things (thing) AS (
    SELECT min(${thing}) FROM ${table} WHERE subject = @person
    UNION ALL
    SELECT (SELECT min(${thing}) FROM ${table} WHERE subject = @person AND ${thing} > things.thing) FROM things
    WHERE thing IS NOT NULL)`;
}
