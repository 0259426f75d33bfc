import type Database from 'better-sqlite3';
import { facts } from '../../../projections/facts';
import { type CustomerFactsPage, type CustomerFactsRange, MAX_LOOKED_AT } from '../people';
import type { FactRow, Moment, ReadModels } from '../read-models';
import type { FactQueries } from './fact-queries';
import type { SubjectQueries } from './subject-queries';
import { tableName } from './table-names';

/** Facts read at a time while looking for those of the customer's people. */
const CHUNK = 200;

interface Candidate {
  readonly n: number;
  readonly stream: string;
}

/**
 * Facts of the people whose customer somebody is. They stand among those of the processor, who may have many other
 * customers: a page looks at so many of them at most.
 */
export function customerFactQueries(
  database: Database.Database,
  organisationById: ReadModels['organisationById'],
  { factAt }: Pick<FactQueries, 'factAt'>,
  { profileOf }: Pick<SubjectQueries, 'profileOf'>,
): (range: CustomerFactsRange, at: Moment) => CustomerFactsPage {
  const table = (name: string) => tableName(facts, name);
  const candidates = (way: 'ASC' | 'DESC') =>
    database.prepare<[{ organisation: string; after: number; before: number; limit: number }], Candidate>(
      `SELECT facts.n, stream.stream FROM ${table('facts')} AS facts
       JOIN ${table('streams')} AS stream ON stream.number = facts.subject
       WHERE facts.organisation = (SELECT number FROM ${table('organisations')} WHERE organisation = @organisation)
         AND facts.n > @after AND facts.n < @before ORDER BY facts.n ${way} LIMIT @limit`,
    );
  const forwards = candidates('ASC');
  const backwards = candidates('DESC');

  return (range, at) => {
    const organisation = organisationById(range.customer, at)?.customerOf;
    if (organisation === undefined) return { rows: [], next: undefined };
    const isOne = belongsTo(range.customer, at, profileOf);
    const wanted = range.types && new Set(range.types);
    const rows: FactRow[] = [];
    let { after = 0, before = at.n + 1 } = range;
    before = Math.min(before, at.n + 1);
    const page = (next: number | undefined): CustomerFactsPage => ({
      rows: range.backwards ? rows.reverse() : rows,
      next,
    });
    for (let looked = 0; looked < MAX_LOOKED_AT; looked += CHUNK) {
      const statement = range.backwards ? backwards : forwards;
      const found = statement.all({ organisation, after, before, limit: CHUNK });
      for (const { n, stream } of found) {
        const fact = isOne(stream) ? factAt(n) : undefined;
        if (fact && (!wanted || wanted.has(fact.type))) {
          if (rows.length >= range.limit) return page(range.backwards ? before : after);
          rows.push(fact);
        }
        if (range.backwards) before = n;
        else after = n;
      }
      if (found.length < CHUNK) return page(undefined);
    }
    return page(range.backwards ? before : after);
  };
}

function belongsTo(customer: string, at: Moment, profileOf: SubjectQueries['profileOf']): (stream: string) => boolean {
  const known = new Map<string, boolean>();
  return (stream) => {
    const found = known.get(stream) ?? profileOf(stream.slice('subject-'.length), at)?.customerId === customer;
    known.set(stream, found);
    return found;
  };
}
