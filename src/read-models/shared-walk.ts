import type { Instant } from '../domain/time';
import { type AlikePersons, createAlikePersons } from './alike-persons';
import { keptEntry } from './kept-entry';
import { MAX_TOUCHING, type Touched } from './people';
import type { WalkQueries } from './person-notice-walk';
import type { Boundary, ChangeFilter, ChangeSource, LoggedChange } from './policy-changes';
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
      return new SharedSource(walkedOf(filter.organisations), () => queries.policyChangeSource(filter));
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

/** What happens to the policies that may concern a person. A class, since each step of each person makes one. */
class SharedSource implements ChangeSource {
  constructor(
    private readonly walked: Walked,
    private readonly own: () => ChangeSource,
  ) {}

  nextChange(afterN: number, untilN: number): LoggedChange | undefined {
    return this.walked.nextChange(afterN, untilN);
  }

  changeAt(n: number): LoggedChange | undefined {
    return this.walked.source.changeAt(n);
  }

  nextBoundary(afterT: Instant, untilT: Instant, n: number): Boundary | undefined {
    const at = this.walked.nextBoundaryAt(afterT, n);
    return at === undefined || at > untilT ? undefined : this.walked.source.boundaryAt(at, n);
  }

  boundaryAt(at: Instant, n: number): Boundary | undefined {
    return this.walked.source.boundaryAt(at, n);
  }

  winner(...asked: Parameters<ChangeSource['winner']>): ReturnType<ChangeSource['winner']> {
    return this.own().winner(...asked);
  }
}

/** What happens to the policies of some organisations, whoever asks. */
interface Walked {
  readonly source: ChangeSource;
  readonly nextChange: ChangeSource['nextChange'];
  nextBoundaryAt(afterT: Instant, n: number): Instant | undefined;
}

function walkedOnce(queries: SharedWalkQueries, organisations: readonly string[] | undefined): Walked {
  const filter: Pick<ChangeFilter, 'organisations'> = organisations ? { organisations } : {};
  const source = queries.policyChangeSource(filter);
  const changeAfter = lookedAhead(
    (from: number, until) => source.nextChange(from, until),
    ({ n }) => n,
  );
  const boundaryAfter = lookedAhead(
    (afterT: Instant, n) => queries.nextPolicyChangeAt({ ...filter, afterT }, { n }),
    (at) => at,
  );
  return {
    source,
    nextChange: (from, until) => (from >= until ? undefined : changeAfter(from, until)),
    nextBoundaryAt: boundaryAfter,
  };
}

/** An answer that is the same for everything asked from `from` on that lies before it. */
interface Ahead<Place, Found> {
  from: Place;
  readonly until: number;
  readonly found: Found | undefined;
}

/** Whoever goes a few steps asks at a few places, which the next one comes to again. */
const MAX_AHEAD = 16;

/**
 * What comes next after a place, looked up once for all who come to it.
 *
 * @param look for the first that lies after a place, and within so much of the log
 */
function lookedAhead<Place extends number | Instant, Found>(
  look: (from: Place, until: number) => Found | undefined,
  placeOf: (found: Found) => Place,
): (from: Place, until: number) => Found | undefined {
  const known: Ahead<Place, Found>[] = [];
  return (from, until) => {
    for (const each of known) {
      const isBefore = each.found === undefined || from < placeOf(each.found);
      if (each.until === until && each.from <= from && isBefore) return each.found;
    }
    const found = look(from, until);
    const place = found && placeOf(found);
    const same = known.find((each) => each.until === until && (each.found && placeOf(each.found)) === place);
    if (same && from < same.from) {
      same.from = from;
      return same.found;
    }
    if (known.length >= MAX_AHEAD) known.length = 0;
    known.push({ from, until, found });
    return found;
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
