import { acceptanceState } from '../domain/subject/acceptance-state';
import { addresses } from '../domain/subject/concerns';
import { consentState } from '../domain/subject/consent-state';
import { noticeState } from '../domain/subject/notice-state';
import { type Obligation, type Obligations, obligations } from '../domain/subject/obligations';
import type { PersonFacts } from '../domain/subject/person-facts';
import { addMs, type Instant } from '../domain/time';
import type { PeopleQueries } from './people';
import type { PolicyChange } from './policy-changes';
import type { Moment, ReadModels } from './read-models';

/** What `policyNotices` tells of one obligation. */
export type ObligationNoticeKind = 'OUTSTANDING' | 'OVERDUE' | 'SETTLED';

/** An item about what one person must do. */
export interface ObligationNotice {
  /** Deterministic: kind, obligation, version, instant, person. Clients deduplicate by it (rule O4). */
  readonly id: string;
  readonly kind: ObligationNoticeKind;
  readonly obligation: Obligation;
  /** OUTSTANDING: since when; OVERDUE: its deadline; SETTLED: from when what settled it counts. */
  readonly at: Instant;
}

type Queries = Pick<ReadModels, 'prefixAtOrdinal'> &
  Pick<PeopleQueries, 'personFacts' | 'policyFacts' | 'policiesThatMayConcern'>;

/** A person with what they must do, at one moment. */
export interface Standing {
  readonly moment: Moment;
  readonly person: PersonFacts | undefined;
  readonly obligations: Obligations;
}

const NOTHING: Obligations = { items: [], blocked: false, unchangedUntil: undefined };

export function standingAt(queries: Queries, subjectId: string, moment: Moment): Standing {
  const prefix = queries.prefixAtOrdinal(moment.n);
  const person = prefix && queries.personFacts(subjectId, prefix);
  if (!prefix || !person) return { moment, person: undefined, obligations: NOTHING };
  const policies = queries
    .policiesThatMayConcern(subjectId, moment)
    .flatMap((id) => queries.policyFacts(id, prefix) ?? []);
  return { moment, person, obligations: obligations(person, policies, moment.effectiveAt) };
}

/** What is outstanding, one item for each obligation (at login). */
export function outstandingNotices(
  subjectId: string,
  { moment, obligations: { items } }: Standing,
): ObligationNotice[] {
  return items.map((each) => pending(subjectId, each, moment.effectiveAt));
}

/** Overdue is what had its grace and let it lapse; without any it is outstanding from the beginning to the end. */
function isOverdue({ since, deadline }: Obligation, t: Instant): boolean {
  return since < deadline && deadline <= t;
}

function pending(subjectId: string, each: Obligation, t: Instant): ObligationNotice {
  return isOverdue(each, t)
    ? notice(subjectId, 'OVERDUE', each, each.deadline)
    : notice(subjectId, 'OUTSTANDING', each, each.since);
}

/**
 * What became outstanding or overdue, and what was settled, between two moments. An obligation that moved to another
 * version of the same root is the same (rule O2); one whose root is no longer asked for is not settled: that it ended
 * is told by the change of versions.
 */
export function obligationNotices(
  queries: Queries,
  subjectId: string,
  before: Standing,
  after: Standing,
): readonly ObligationNotice[] {
  const had = new Map(before.obligations.items.map((each) => [identityOf(each), each]));
  const has = new Map(after.obligations.items.map((each) => [identityOf(each), each]));
  const t = after.moment.effectiveAt;
  const fresh = after.obligations.items.flatMap((each): ObligationNotice[] => {
    const known = had.get(identityOf(each));
    const lapsed = known && isOverdue(each, t) && !isOverdue(known, before.moment.effectiveAt);
    return !known || lapsed ? [pending(subjectId, each, t)] : [];
  });
  const gone = before.obligations.items.filter((each) => !has.has(identityOf(each)));
  return [...fresh, ...gone.flatMap((each) => settled(queries, subjectId, each, after))];
}

function notice(subjectId: string, kind: ObligationNoticeKind, obligation: Obligation, at: Instant): ObligationNotice {
  const id = [kind, obligation.kind, obligation.rootVersionId, at, subjectId].join(':');
  return { id, kind, obligation, at };
}

/** The same thing to do, whichever version of the same root asks for it now. */
function identityOf({ kind, rootVersionId, since }: Obligation): string {
  return `${kind} ${rootVersionId} ${since}`;
}

function settled(queries: Queries, subjectId: string, gone: Obligation, after: Standing): ObligationNotice[] {
  const at = after.person && settledAt(queries, after.person, gone, after.moment);
  return at === undefined ? [] : [notice(subjectId, 'SETTLED', gone, at)];
}

/** From when what was done counts; undefined: it was not done, it is only no longer asked for. */
function settledAt(queries: Queries, person: PersonFacts, gone: Obligation, moment: Moment): Instant | undefined {
  const prefix = queries.prefixAtOrdinal(moment.n);
  const policy = prefix && queries.policyFacts(gone.policyId, prefix);
  if (!policy) return undefined;
  const t = moment.effectiveAt;
  switch (gone.kind) {
    case 'READ_NOTICE': {
      const { step, at } = noticeState(person, policy, gone.versionId, t);
      return step === 'ACKNOWLEDGED' || (step === 'SHOWN' && !gone.blocking) ? at : undefined;
    }
    case 'ACCEPT_TERMS': {
      const { accepted, current, at } = acceptanceState(person, policy, t);
      return accepted && current ? at : undefined;
    }
    case 'DECIDE_CONSENT':
    case 'RENEW_CONSENT': {
      const states = gone.purposes.map((purpose) => consentState(person, policy, purpose, t));
      const decided = states.map(({ decidedAt, status }) => (status === 'EXPIRED' ? undefined : decidedAt));
      if (decided.some((at) => at === undefined)) return undefined;
      return decided.sort().at(-1);
    }
  }
}

/** Whether a change of a policy is about a version that is meant for the person (rule O1). */
export function changeConcerns(queries: Queries, standing: Standing, change: PolicyChange): boolean {
  const { person, moment } = standing;
  const prefix = queries.prefixAtOrdinal(moment.n);
  const policy = prefix && queries.policyFacts(change.policy, prefix);
  if (!person || !policy || person.registeredAt > moment.effectiveAt) return false;
  const profile = person.profileAt(moment.effectiveAt);
  if (profile.exempt) return false;
  if (change.versionId === undefined) {
    // A retirement concerns whom the version before it did.
    const before = policy.inForce(addMs(change.at, -1), person.registeredAt);
    return before.code === 'VERSION_IN_FORCE' && addresses(before.version, profile);
  }
  const version = policy.version(change.versionId);
  return version !== undefined && addresses(version, profile);
}
