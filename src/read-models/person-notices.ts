import { acceptanceStateUnder } from '../domain/subject/acceptance-state';
import { addresses, isApart } from '../domain/subject/concerns';
import { type ConsentState, consentStateUnder } from '../domain/subject/consent-state';
import { noticeState } from '../domain/subject/notice-state';
import { type Obligation, type Obligations, obligations } from '../domain/subject/obligations';
import type { PersonFacts } from '../domain/subject/person-facts';
import { addMs, type Instant } from '../domain/time';
import type { Position } from '../event-store/event-store';
import type { PeopleQueries } from './people';
import type { PolicyChange } from './policy-changes';
import type { Moment, ReadModels } from './read-models';

/** What `policyNotices` tells of one obligation. */
export type ObligationNoticeKind = 'OUTSTANDING' | 'OVERDUE' | 'SETTLED';

/** An item about what one person must do. */
export interface ObligationNotice {
  /** Deterministic: kind, obligation, version, instants, person, cause. Clients deduplicate by it (rule O4). */
  readonly id: string;
  readonly kind: ObligationNoticeKind;
  readonly obligation: Obligation;
  /** OUTSTANDING: since when; OVERDUE: its deadline; SETTLED: from when what settled it counts. */
  readonly at: Instant;
}

export type NoticeQueries = Pick<ReadModels, 'prefixAtOrdinal'> &
  Pick<PeopleQueries, 'personFacts' | 'policyFacts' | 'policiesThatMayConcern'>;

/** A person with what they must do, at one moment. */
export interface Standing {
  readonly moment: Moment;
  readonly person: PersonFacts | undefined;
  readonly obligations: Obligations;
}

const NOTHING: Obligations = { items: [], blocked: false, unchangedUntil: undefined };

export function standingAt(queries: NoticeQueries, subjectId: string, moment: Moment): Standing {
  const prefix = queries.prefixAtOrdinal(moment.n);
  const person = prefix && queries.personFacts(subjectId, prefix);
  if (!prefix || !person) return { moment, person: undefined, obligations: NOTHING };
  const policies = queries
    .policiesThatMayConcern(subjectId, moment)
    .flatMap((id) => queries.policyFacts(id, prefix) ?? []);
  return { moment, person, obligations: obligations(person, policies, moment.effectiveAt) };
}

/** By what a notice came up: an event, of a version or a retirement if it has that id, or the clock alone. */
export type NoticeCause =
  | { readonly by: 'event'; readonly position: Position; readonly about?: string }
  | { readonly by: 'clock'; readonly at: Instant };

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

function pending(subjectId: string, each: Obligation, t: Instant, cause?: NoticeCause): ObligationNotice {
  const [kind, at] = isOverdue(each, t)
    ? (['OVERDUE', each.deadline] as const)
    : (['OUTSTANDING', each.since] as const);
  return notice(subjectId, kind, each, at, cause && !isItsOwn(each, cause) ? cause : undefined);
}

/** With the version that asks for it, an obligation comes up for the first time; by anything else it may come up again. */
function isItsOwn({ rootVersionId }: Obligation, cause: NoticeCause): boolean {
  return cause.by === 'event' && cause.about === rootVersionId;
}

/**
 * What became outstanding or overdue, and what was settled, between two moments. An obligation that moved to another
 * version of the same root is the same (rule O2), and comes up again only for a purpose that it did not ask for; one
 * whose root is no longer asked for is not settled: that it ended is told by the change of versions.
 */
export function obligationNotices(
  queries: NoticeQueries,
  subjectId: string,
  before: Standing,
  after: Standing,
  cause: NoticeCause,
): readonly ObligationNotice[] {
  const had = new Map(before.obligations.items.map((each) => [identityOf(each), each]));
  const has = new Map(after.obligations.items.map((each) => [identityOf(each), each]));
  const t = after.moment.effectiveAt;
  const fresh = after.obligations.items.flatMap((each): ObligationNotice[] => {
    const known = had.get(identityOf(each));
    if (!known || asksForMore(each, known)) return [pending(subjectId, each, t, cause)];
    // The grace lapses once, whatever it was that was applied then.
    return isOverdue(each, t) && !isOverdue(known, before.moment.effectiveAt) ? [pending(subjectId, each, t)] : [];
  });
  const gone = before.obligations.items.filter((each) => !has.has(identityOf(each)));
  return [...fresh, ...gone.flatMap((each) => settled(queries, subjectId, each, after, cause))];
}

function notice(
  subjectId: string,
  kind: ObligationNoticeKind,
  obligation: Obligation,
  at: Instant,
  cause: NoticeCause | undefined,
): ObligationNotice {
  const { kind: what, rootVersionId, since } = obligation;
  const instants = at === since ? [since] : [since, at];
  const by = cause === undefined ? [] : [cause.by === 'event' ? cause.position : cause.at];
  return { id: [kind, what, rootVersionId, ...instants, subjectId, ...by].join(':'), kind, obligation, at };
}

/** The same thing to do, whichever version of the same root asks for it now. */
export function identityOf({ kind, rootVersionId, since }: Obligation): string {
  return `${kind} ${rootVersionId} ${since}`;
}

function asksForMore({ purposes }: Obligation, known: Obligation): boolean {
  return purposes.some((purpose) => !known.purposes.includes(purpose));
}

function settled(
  queries: NoticeQueries,
  subjectId: string,
  gone: Obligation,
  after: Standing,
  cause: NoticeCause,
): ObligationNotice[] {
  const at = after.person && settledAt(queries, after.person, gone, after.moment);
  return at === undefined ? [] : [notice(subjectId, 'SETTLED', gone, at, cause)];
}

/** From when what was done counts; undefined: it was not done, it is only no longer asked for. */
function settledAt(queries: NoticeQueries, person: PersonFacts, gone: Obligation, moment: Moment): Instant | undefined {
  const prefix = queries.prefixAtOrdinal(moment.n);
  const policy = prefix && queries.policyFacts(gone.policyId, prefix);
  const version = policy?.version(gone.versionId);
  if (!policy || !version) return undefined;
  const { effectiveAt: at } = moment;
  // Under the version that asked for it, which may be one still to come (rule C2).
  const asking = { policy, version, at, registeredAt: person.registeredAt };
  switch (gone.kind) {
    case 'READ_NOTICE': {
      const read = noticeState(person, policy, gone.versionId, at);
      return read.step === 'ACKNOWLEDGED' || (read.step === 'SHOWN' && !gone.blocking) ? read.at : undefined;
    }
    case 'ACCEPT_TERMS': {
      const acceptance = acceptanceStateUnder(person, asking);
      return acceptance.accepted && acceptance.current ? acceptance.at : undefined;
    }
    case 'DECIDE_CONSENT':
    case 'RENEW_CONSENT': {
      const decided = gone.purposes.map((purpose) => decisionAt(consentStateUnder(person, purpose, asking)));
      if (decided.some((decidedAt) => decidedAt === undefined)) return undefined;
      return decided.sort().at(-1);
    }
  }
}

/** When it was decided, if the decision still counts. */
function decisionAt({ status, decidedAt }: ConsentState): Instant | undefined {
  const stands = status === 'GIVEN' || status === 'RENEWED' || status === 'REFUSED' || status === 'WITHDRAWN';
  return stands ? decidedAt : undefined;
}

/** Whether a change of a policy is about a version that is meant for the person (rule O1). */
export function changeConcerns(queries: NoticeQueries, standing: Standing, change: PolicyChange): boolean {
  const { person, moment } = standing;
  const prefix = queries.prefixAtOrdinal(moment.n);
  const policy = prefix && queries.policyFacts(change.policy, prefix);
  if (!person || !policy || person.registeredAt > moment.effectiveAt) return false;
  if (isApart(person, moment.effectiveAt)) return false;
  const profile = person.profileAt(moment.effectiveAt);
  if (change.versionId === undefined) {
    // A retirement concerns whom the version before it did.
    const before = policy.inForce(addMs(change.at, -1), person.registeredAt);
    return before.code === 'VERSION_IN_FORCE' && addresses(before.version, profile);
  }
  const version = policy.version(change.versionId);
  return version !== undefined && addresses(version, profile);
}
