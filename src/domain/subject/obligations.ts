import type { PolicyFacts, VersionTerms } from '../policy/policy-facts';
import { effectiveDateFor } from '../policy/version-in-force';
import { addDays, type Instant, lastMillisecondOf, laterOf, localDateOf, type TimeZone } from '../time';
import { addresses, concerns, isApart, mayConcern } from './concerns';
import { type Demand, demandsOf, OBLIGATION_KINDS, type ObligationKind } from './demands';
import type { PersonFacts } from './person-facts';
import type { StateReason } from './state-reason';

/** What a person must still do at an instant. */
export interface Obligations {
  /** Blocking ones first, then by deadline. */
  readonly items: readonly Obligation[];
  /** A blocking one is overdue. */
  readonly blocked: boolean;
  /** The first instant after it at which the clock alone may change any of this; undefined: never. */
  readonly unchangedUntil: Instant | undefined;
}

export interface Obligation {
  readonly kind: ObligationKind;
  readonly policyId: string;
  /** The version to act on: the one in force, or the one that is to come. */
  readonly versionId: string;
  /** The version that asked for it and whose summary says why; others since then say the same (rule V6). */
  readonly rootVersionId: string;
  /** Of consent, in the order of the statement; else empty. */
  readonly purposes: readonly string[];
  readonly since: Instant;
  /** Overdue from this instant on (rule O2). */
  readonly deadline: Instant;
  readonly blocking: boolean;
  /** Its version comes into force only later; it can be done ahead. */
  readonly upcoming: boolean;
  readonly reason: StateReason;
}

/** An obligation without its reason: why something is asked names a fact of the person's own. */
export type ThingToDo = Omit<Obligation, 'reason'>;

/**
 * What the policies ask of a person and is not done, as the rules and deadlines were at that instant (rules O1, O2).
 *
 * @param policies at least those of the person's organisation and of their customer at the instant
 */
export function obligations(person: PersonFacts, policies: Iterable<PolicyFacts>, at: Instant): Obligations {
  if (isApart(person, at)) return { items: [], blocked: false, unchangedUntil: undefined };
  if (person.registeredAt > at) return { items: [], blocked: false, unchangedUntil: person.registeredAt };
  return obligationsOf(askedOf(person, policies, at), person.registeredAt, at);
}

/**
 * What is asked of a person who has registered by then. It is the same for all whose facts say the same and whom every
 * version counts among the same cohort (rule V1): from when each is asked for follows by {@link obligationsOf}.
 */
export interface Asked {
  readonly versions: readonly AskedByVersion[];
  /** Instants at which the clock may change any of this. */
  readonly changes: readonly Instant[];
}

interface AskedByVersion {
  readonly policyId: string;
  readonly version: VersionTerms;
  readonly upcoming: boolean;
  readonly demands: readonly Demand[];
}

export function askedOf(person: PersonFacts, policies: Iterable<PolicyFacts>, at: Instant): Asked {
  const asked = [...policies]
    .filter((policy) => mayConcern(person, policy, at))
    .map((policy) => askedBy(person, policy, at));
  return { versions: asked.flatMap(({ versions }) => versions), changes: asked.flatMap(({ changes }) => changes) };
}

/** The obligations of one person, who registered then. */
export function obligationsOf({ versions, changes }: Asked, registeredAt: Instant, at: Instant): Obligations {
  const items = versions
    .flatMap((asked) => grouped(asked.demands.map((demand) => obligation(demand, asked, registeredAt, at))))
    .sort(mostPressingFirst);
  const instants = [...changes, ...items.map(({ deadline }) => deadline)];
  return {
    items,
    blocked: items.some(({ blocking, deadline }) => blocking && deadline <= at),
    unchangedUntil: instants.filter((instant) => instant > at).sort()[0],
  };
}

/**
 * The first date, for somebody who registered then, of what is asked for: to whoever of the same cohort had registered
 * by it, it makes no difference when. Undefined: nothing is asked.
 */
export function firstDateOf({ versions }: Asked, registeredAt: Instant): Instant | undefined {
  return versions.flatMap(({ demands }) => demands.map(({ root }) => effectiveDateFor(root, registeredAt))).sort()[0];
}

/** By the version in force, then by each to come that this person has to do something new for. */
function askedBy(person: PersonFacts, policy: PolicyFacts, at: Instant): Asked {
  const { registeredAt } = person;
  const { policyId } = policy;
  const askedBefore = new Set<string>();
  const versions: AskedByVersion[] = [];
  const next = policy.nextChangeAfter(at, registeredAt);
  const changes = next === undefined ? [] : [next];
  const take = (version: VersionTerms, upcoming: boolean) => {
    const found = demandsOf(person, { policy, version, at, registeredAt }, askedBefore);
    versions.push({ policyId, version, upcoming, demands: found.demands });
    changes.push(...found.expiries);
    for (const asked of found.asked) askedBefore.add(asked);
  };
  const inForce = policy.inForce(at, registeredAt);
  if (inForce.code === 'VERSION_IN_FORCE' && concerns(person, policy, at)) take(inForce.version, false);
  for (const version of policy.scheduled(at, registeredAt)) {
    if (addresses(version, person.profileAt(at))) take(version, true);
  }
  return { versions, changes };
}

function obligation(
  { kind, root, purposes, lapsedAt, reason }: Demand,
  { policyId, version, upcoming }: AskedByVersion,
  registeredAt: Instant,
  at: Instant,
): Obligation {
  const date = laterOf(effectiveDateFor(root, registeredAt), registeredAt);
  // One that follows an old root begins to ask this person only when it comes into force.
  const start = upcoming && date <= at ? effectiveDateFor(version, registeredAt) : date;
  const since = lapsedAt === undefined ? start : laterOf(start, lapsedAt);
  const { blocking, graceDays } = root.change;
  const deadline = graceDays > 0 ? endOfGrace(since, graceDays, root.timeZone) : since;
  const versions = { versionId: version.id, rootVersionId: root.id };
  return { kind, policyId, ...versions, purposes, since, deadline, blocking, upcoming, reason };
}

/** The end of the local day so many days later, by the zone that the version was published in (rules O2, S3, S6). */
function endOfGrace(since: Instant, days: number, zone: TimeZone): Instant {
  return lastMillisecondOf(addDays(localDateOf(since, zone), days), zone);
}

/** Purposes that are asked for by the same version since the same instant are one thing to do. */
function grouped(obligations: readonly Obligation[]): readonly Obligation[] {
  const groups = new Map<string, Obligation>();
  for (const each of obligations) {
    const key = `${each.kind} ${each.rootVersionId} ${each.since}`;
    const group = groups.get(key);
    groups.set(key, group ? { ...group, purposes: [...group.purposes, ...each.purposes] } : each);
  }
  return [...groups.values()];
}

function mostPressingFirst(a: Obligation, b: Obligation): number {
  if (a.blocking !== b.blocking) return a.blocking ? -1 : 1;
  if (a.deadline !== b.deadline) return a.deadline < b.deadline ? -1 : 1;
  if (a.kind !== b.kind) return OBLIGATION_KINDS.indexOf(a.kind) - OBLIGATION_KINDS.indexOf(b.kind);
  const [left, right] = [placeOf(a), placeOf(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function placeOf({ policyId, versionId, purposes }: Obligation): string {
  return [policyId, versionId, ...purposes].join(' ');
}
