import type { Instant } from '../domain/time';
import { type AlikePersons, createAlikePersons } from './alike-persons';
import { keptEntry } from './kept-entry';
import { MAX_TOUCHING, type Touched } from './people';
import type { WalkQueries } from './person-notice-walk';
import type { ChangeFilter, ChangeSource, LoggedChange } from './policy-changes';
import type { Prefix, ReadModels } from './read-models';

export type SharedWalkQueries = WalkQueries &
  Pick<ReadModels, 'applied' | 'nextPolicyChangeAt' | 'touchedBetween' | 'cohortBounds' | 'profileChangedFrom'>;

/** Most organisations, or stretches of the log, whose answers are kept. */
const MAX_KEPT = 1_000;

/**
 * The same questions for many who walk the same stretch of log and clock at the same time, each for themselves: what
 * does not depend on who walks is looked up once, until something more is applied. The answers are the very same.
 */
export function sharedWalkQueries<Queries extends SharedWalkQueries>(
  queries: Queries,
): Queries & { readonly alikePersons: AlikePersons } {
  const walked = new Map<string, Walked>();
  const prefixes = new Map<string, Prefix>();
  const touched = new Map<string, { readonly by: Touched | undefined }>();
  let walkedBy = new WeakMap<readonly string[], Walked>();
  let head = queries.applied();

  /** Forgets what was asked before more was applied. */
  function upToDate(): void {
    const now = queries.applied();
    if (now.n === head.n && now.position === head.position) return;
    head = now;
    walked.clear();
    prefixes.clear();
    walkedBy = new WeakMap();
    touched.clear();
  }

  function walkedOf(organisations: readonly string[] | undefined): Walked {
    upToDate();
    const known = organisations && walkedBy.get(organisations);
    if (known) return known;
    const found = keptEntry(walked, JSON.stringify(organisations), MAX_KEPT, () => walkedOnce(queries, organisations));
    if (organisations) walkedBy.set(organisations, found);
    return found;
  }

  function isUntouched(subjectIds: readonly string[], afterN: number, untilN: number): boolean {
    upToDate();
    const { by } = keptEntry(touched, `${afterN} ${untilN}`, MAX_KEPT, () => ({
      by: touchedWithin(queries, afterN, untilN),
    }));
    return by !== undefined && !subjectIds.some((id) => by.subjects.has(id));
  }

  const shared: Queries = {
    ...queries,
    prefixAtOrdinal: (n) => {
      upToDate();
      const name = String(n);
      const found = prefixes.get(name) ?? queries.prefixAtOrdinal(n);
      return found && keptEntry(prefixes, name, MAX_KEPT, () => found);
    },
    policyChangeSource: (filter) => {
      if (filter.policy !== undefined) return queries.policyChangeSource(filter);
      const own = () => queries.policyChangeSource(filter);
      const { source, nextChange, nextBoundaryAt } = walkedOf(filter.organisations);
      return {
        nextChange,
        changeAt: source.changeAt,
        nextBoundary: (afterT, untilT, n) => {
          const at = nextBoundaryAt(afterT, n);
          return at === undefined || at > untilT ? undefined : source.boundaryAt(at, n);
        },
        boundaryAt: source.boundaryAt,
        winner: (policy, at, n) => own().winner(policy, at, n),
      };
    },
    nextPolicyChangeAt: (range, known) =>
      range.policy === undefined
        ? walkedOf(range.organisations).nextBoundaryAt(range.afterT, known.n)
        : queries.nextPolicyChangeAt(range, known),
    nextFactTouching: (subjectIds, afterN, untilN) =>
      afterN >= untilN || isUntouched(subjectIds, afterN, untilN)
        ? undefined
        : queries.nextFactTouching(subjectIds, afterN, untilN),
  };
  return { ...shared, alikePersons: createAlikePersons(shared) };
}

/** What happens to the policies of some organisations, whoever asks. */
interface Walked {
  readonly source: ChangeSource;
  readonly nextChange: ChangeSource['nextChange'];
  nextBoundaryAt(afterT: Instant, n: number): Instant | undefined;
}

/** An answer that is the same for everything asked from `from` on that lies before it. */
interface Ahead<Place, Found> {
  readonly from: Place;
  readonly until: number;
  readonly found: Found | undefined;
}

function walkedOnce(queries: SharedWalkQueries, organisations: readonly string[] | undefined): Walked {
  const filter: Pick<ChangeFilter, 'organisations'> = organisations ? { organisations } : {};
  const source = queries.policyChangeSource(filter);
  let change: Ahead<number, LoggedChange> | undefined;
  let boundary: Ahead<Instant, Instant> | undefined;
  return {
    source,
    nextChange: (from, until) => {
      if (from >= until) return undefined;
      const isKnown =
        change?.until === until && change.from <= from && (change.found === undefined || from < change.found.n);
      if (!change || !isKnown) change = { from, until, found: source.nextChange(from, until) };
      return change.found;
    },
    nextBoundaryAt: (from, n) => {
      const isKnown =
        boundary?.until === n && boundary.from <= from && (boundary.found === undefined || from < boundary.found);
      if (!boundary || !isKnown) {
        boundary = { from, until: n, found: queries.nextPolicyChangeAt({ ...filter, afterT: from }, { n }) };
      }
      return boundary.found;
    },
  };
}

/** Most stretches of {@link MAX_TOUCHING} events that are looked through at once. */
const MAX_STRETCHES = 10;

function touchedWithin(queries: SharedWalkQueries, afterN: number, untilN: number): Touched | undefined {
  if (untilN - afterN > MAX_STRETCHES * MAX_TOUCHING) return undefined;
  const subjects = new Set<string>();
  const organisations = new Set<string>();
  for (let from = afterN; from < untilN; from += MAX_TOUCHING) {
    const found = queries.touchedBetween(from, Math.min(from + MAX_TOUCHING, untilN));
    if (found === undefined) return undefined;
    for (const id of found.subjects) subjects.add(id);
    for (const id of found.organisations) organisations.add(id);
  }
  return { subjects, organisations };
}
