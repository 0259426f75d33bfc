import type { ChangeEntry } from '../../projections/policy-changes';
import { addMs, type Instant, instantAt, laterOf } from '../domain/time';

/** What `policyChanges` pushes: log items when they are read, IN_FORCE also when the clock reaches its instant. */
export type PolicyChangeKind = 'ANNOUNCED' | 'IN_FORCE' | 'WITHDRAWN' | 'RETIRED';

/**
 * A place in log and clock: every event up to `n`, and every clock item up to `t` of versions known at `n`, has been
 * delivered (rule O4). `partial` says that of the step that led here only some items have been.
 */
export interface PolicyChangeCursor {
  readonly n: number;
  readonly t: Instant;
  readonly partial?: PartialStep;
}

/** Of event `n` so many items, or of the instant `t` the items of policies up to this one. */
export type PartialStep =
  | { readonly of: 'event'; readonly delivered: number }
  | { readonly of: 'instant'; readonly policy: string };

export interface PolicyChange {
  /** Deterministic: kind, version (or retirement) and instant. Clients deduplicate by it. */
  readonly id: string;
  readonly kind: PolicyChangeKind;
  readonly organisation: string;
  readonly policy: string;
  /** Undefined for RETIRED. */
  readonly versionId: string | undefined;
  /** ANNOUNCED: when it was published; the others: from when it holds. */
  readonly at: Instant;
  /** Where to go on after this item. */
  readonly cursor: PolicyChangeCursor;
}

export interface PolicyChangesRange extends ChangeFilter {
  readonly after: PolicyChangeCursor;
  /** Ordinal of the applied head. */
  readonly untilN: number;
  /** The node's clock. Before `after.t` nothing is delivered: the node waits (rule O4). */
  readonly untilT: Instant;
  readonly limit: number;
}

export interface PolicyChangesPage {
  readonly items: readonly PolicyChange[];
  /** Where to go on; also moves on when nothing was delivered. */
  readonly next: PolicyChangeCursor;
  /** True when `limit` cut the answer short: ask again at once. */
  readonly hasMore: boolean;
}

/** An event that may change which version of a policy is in force. */
export interface LoggedChange {
  readonly n: number;
  readonly organisation: string;
  readonly policy: string;
  readonly entry: ChangeEntry;
  /** The version or retirement it speaks of. */
  readonly id: string;
  /** PUBLISHED: when it was published; WITHDRAWN, RETIRED: from when; IMPORT_REVOKED: when. */
  readonly at: Instant;
  /** The log's clock at the event. */
  readonly clockMs: number;
}

/** Instants at which the clock alone may change something for these policies. */
export interface Boundary {
  readonly at: Instant;
  readonly policies: readonly { readonly policy: string; readonly organisation: string }[];
}

/** The version or retirement that decides for the general public. */
export interface Winner {
  readonly kind: 'version' | 'retirement';
  readonly id: string;
  readonly effectiveFrom: Instant;
}

/** Whose changes are asked for. */
export interface ChangeFilter {
  readonly organisations?: readonly string[];
  /** The narrower, if both are given. */
  readonly policy?: string;
  /** For a person who registered then: in force by their cohort's date (rule V1). Absent: for the general public. */
  readonly registeredAt?: Instant;
}

/** What the ordering needs to know, for the organisation or policy asked for. */
export interface ChangeSource {
  /** The first event after an ordinal, up to another one. */
  nextChange(afterN: number, untilN: number): LoggedChange | undefined;
  changeAt(n: number): LoggedChange | undefined;
  /** The first boundary after an instant, up to another one, of versions known at `n`; policies sorted. */
  nextBoundary(afterT: Instant, untilT: Instant, n: number): Boundary | undefined;
  boundaryAt(t: Instant, n: number): Boundary | undefined;
  winner(policy: string, at: Instant, n: number): Winner | undefined;
}

/** Steps through log and clock in one call, those without an item included: it bounds the work of an old cursor. */
export const MAX_CHANGE_STEPS = 10_000;

/**
 * Walks from a cursor through log and clock and answers what is to be pushed, each item once, in order (rule O4):
 * before an event the clock runs on to the event's recorded instant, after the last one to `untilT`. After every step
 * the last IN_FORCE of a policy names the version that is in force there. Each item's cursor resumes right after it.
 */
export function orderPolicyChanges(range: PolicyChangesRange, source: ChangeSource): PolicyChangesPage {
  const { untilN, untilT, limit } = range;
  const items: PolicyChange[] = [];
  let cursor = range.after;
  if (untilT < cursor.t) return { items, next: cursor, hasMore: false };
  for (let steps = 0; steps < MAX_CHANGE_STEPS; steps += 1) {
    const step = cursor.partial ? resumed(cursor, cursor.partial, source) : nextStep(cursor, untilN, untilT, source);
    if (!step) return { items, next: { n: Math.max(cursor.n, untilN), t: untilT }, hasMore: false };
    for (const item of step.items) {
      if (items.length >= limit) return { items, next: cursor, hasMore: true };
      items.push(item);
      cursor = item.cursor;
    }
    cursor = step.end;
  }
  return { items, next: cursor, hasMore: true };
}

interface Step {
  readonly items: readonly PolicyChange[];
  readonly end: PolicyChangeCursor;
}

function nextStep(
  { n, t }: PolicyChangeCursor,
  untilN: number,
  untilT: Instant,
  source: ChangeSource,
): Step | undefined {
  const change = source.nextChange(n, untilN);
  const runTo = change ? laterOf(t, earlierOf(instantAt(change.clockMs), untilT)) : untilT;
  const boundary = source.nextBoundary(t, runTo, n);
  if (boundary) return boundaryStep(boundary, n, source);
  return change && eventStep(change, runTo, source);
}

/** The rest of a step of which some items have been delivered. */
function resumed({ n, t }: PolicyChangeCursor, partial: PartialStep, source: ChangeSource): Step {
  const whole = { n, t };
  if (partial.of === 'event') {
    const change = source.changeAt(n);
    const step = change && eventStep(change, t, source);
    return { items: step?.items.slice(partial.delivered) ?? [], end: whole };
  }
  const boundary = source.boundaryAt(t, n);
  const policies = boundary?.policies.filter(({ policy }) => policy > partial.policy) ?? [];
  return boundaryStep({ at: t, policies }, n, source);
}

function boundaryStep(boundary: Boundary, n: number, source: ChangeSource): Step {
  return { items: changesOfInstant(boundary, n, source), end: { n, t: boundary.at } };
}

/** At an instant: IN_FORCE for every policy in which another version takes over. */
export function changesOfInstant({ at, policies }: Boundary, n: number, source: ChangeSource): readonly PolicyChange[] {
  const justBefore = addMs(at, -1);
  const items: PolicyChange[] = [];
  for (const { policy, organisation } of policies) {
    const winner = source.winner(policy, at, n);
    if (winner?.kind !== 'version' || source.winner(policy, justBefore, n)?.id === winner.id) continue;
    const cursor: PolicyChangeCursor = { n, t: at, partial: { of: 'instant', policy } };
    items.push(change({ kind: 'IN_FORCE', id: winner.id, at }, { organisation, policy }, cursor));
  }
  return items;
}

function eventStep(logged: LoggedChange, t: Instant, source: ChangeSource): Step {
  return { items: changesOfEvent(logged, t, source), end: { n: logged.n, t } };
}

/** At an event: what it says, then IN_FORCE if by it another version is in force at the cursor's instant. */
export function changesOfEvent(logged: LoggedChange, t: Instant, source: ChangeSource): readonly PolicyChange[] {
  const { n, policy, id } = logged;
  const winner = source.winner(policy, t, n);
  const said = saidBy(logged, winner);
  const kinds: Said[] = said ? [{ kind: said, id, at: logged.at }] : [];
  if (winner?.kind === 'version' && source.winner(policy, t, n - 1)?.id !== winner.id) {
    const { effectiveFrom } = winner;
    const back = { id: winner.id, at: laterOf(logged.at, effectiveFrom), insteadOf: id };
    kinds.push({ kind: 'IN_FORCE', ...(winner.id === id ? { id, at: effectiveFrom } : back) });
  }
  const end: PolicyChangeCursor = { n, t };
  return kinds.map((item, index) => {
    const delivered = index + 1;
    const cursor = delivered === kinds.length ? end : { ...end, partial: { of: 'event', delivered } as const };
    return change(item, logged, cursor);
  });
}

function saidBy({ entry, id }: LoggedChange, winner: Winner | undefined): PolicyChangeKind | undefined {
  switch (entry) {
    case 'PUBLISHED':
      return 'ANNOUNCED';
    case 'WITHDRAWN':
      return 'WITHDRAWN';
    case 'RETIRED':
      return 'RETIRED';
    case 'RETIREMENT_IMPORTED':
      // V7: an import is pushed only if it decides when it is recorded.
      return winner?.id === id ? 'RETIRED' : undefined;
    case 'IMPORTED':
    case 'IMPORT_REVOKED':
      return undefined;
  }
}

/** What an item says. */
interface Said {
  readonly kind: PolicyChangeKind;
  readonly id: string;
  readonly at: Instant;
  /** Of what was withdrawn or taken out: the version is in force again, maybe from the very instant it was before. */
  readonly insteadOf?: string;
}

function change(
  { kind, id, at, insteadOf }: Said,
  { organisation, policy }: { readonly organisation: string; readonly policy: string },
  cursor: PolicyChangeCursor,
): PolicyChange {
  const versionId = kind === 'RETIRED' ? undefined : id;
  const again = insteadOf === undefined ? '' : `:${insteadOf}`;
  return { id: `${kind}:${id}:${at}${again}`, kind, organisation, policy, versionId, at, cursor };
}

function earlierOf(a: Instant, b: Instant): Instant {
  return a < b ? a : b;
}
