import type { Application } from '../application/application';
import { BoundedCache } from '../application/bounded-cache';
import { type Evidence, placeOfOrder } from '../application/evidence';
import { personOf } from '../application/persons';
import { customersOf } from '../domain/subject/subject.state';
import type { ReadModels } from '../read-models/read-models';

/**
 * Files that hold what the vault has in clear of many people are deleted when one of those people is erased (rule E3),
 * and not made again: whoever needs one orders another, in which that person is erased.
 */
export interface SpoiltFiles {
  /** Whether the erasure of somebody who may stand in the file has begun since it was ordered, as far as this node knows. */
  isSpoilt(evidence: Evidence): Promise<boolean>;
}

const BEGUN = ['SubjectErasureStarted'];
const ROWS_AT_ONCE = 100;
/** Orders, and erased people, that a node remembers; what it forgot it looks up again. */
const MAX_REMEMBERED = 1_000;

export function spoiltFiles(app: Application, readModels: ReadModels): SpoiltFiles {
  /** Up to where each order was looked at, and found unspoilt. */
  const seen = new BoundedCache<number>(MAX_REMEMBERED);
  const customersOfErased = new BoundedCache<Promise<readonly string[]>>(MAX_REMEMBERED);

  async function isSpoilt({ evidenceId, organisationId, personalValues, subjectId }: Evidence): Promise<boolean> {
    if (!personalValues || subjectId !== undefined) return false;
    const after = seen.get(evidenceId) ?? (await ordinalOf(evidenceId));
    if (after === undefined) return false;
    const head = readModels.applied();
    const own = { organisation: organisationId, types: BEGUN, after, limit: 1 };
    if (readModels.factsPage(own, head).rows.length > 0) return true;
    // People whose customer the organisation is are registered by its processor (rule O1).
    const processor = readModels.organisationById(organisationId, head)?.customerOf;
    if (processor !== undefined && (await someWasOf(organisationId, processor, after, head.n))) return true;
    seen.set(evidenceId, head.n, 1);
    return false;
  }

  async function ordinalOf(evidenceId: string): Promise<number | undefined> {
    const place = await placeOfOrder(app, evidenceId);
    return place === undefined ? undefined : readModels.prefixAtPosition(place)?.n;
  }

  async function someWasOf(customer: string, processor: string, after: number, n: number): Promise<boolean> {
    const prefix = readModels.prefixAtOrdinal(n) ?? readModels.applied();
    for (let from = after; ; ) {
      const range = { organisation: processor, types: BEGUN, after: from, limit: ROWS_AT_ONCE };
      const { rows, hasMore } = readModels.factsPage(range, prefix);
      for (const { subject } of rows) {
        if (subject === undefined) continue;
        const customers = customersOfErased.get(subject) ?? personOf(app, subject).then(customersOf);
        customersOfErased.set(subject, customers, 1);
        customers.catch(() => customersOfErased.delete(subject));
        if ((await customers).includes(customer)) return true;
      }
      from = rows.at(-1)?.n ?? from;
      if (!hasMore) return false;
    }
  }
  return { isSpoilt };
}

/** Organisations whose files of many may hold a person's values: who registered them, and every customer they had. */
export async function holdersOf(app: Application, subjectId: string): Promise<ReadonlySet<string>> {
  const person = await personOf(app, subjectId);
  return new Set([person.organisationId, ...customersOf(person)]);
}
