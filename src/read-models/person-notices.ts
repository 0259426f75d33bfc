import type { PolicyFacts } from '../domain/policy/policy-facts';
import { acceptanceStateUnder } from '../domain/subject/acceptance-state';
import { addresses, isApart } from '../domain/subject/concerns';
import { type ConsentState, consentStateUnder } from '../domain/subject/consent-state';
import { noticeState } from '../domain/subject/notice-state';
import type { ThingToDo } from '../domain/subject/obligations';
import type { PersonFacts } from '../domain/subject/person-facts';
import { addMs, type Instant } from '../domain/time';
import type { Position } from '../event-store/event-store';
import type { NoticeQueries, ThingsToDo } from './person-standing';
import type { PolicyChange } from './policy-changes';
import type { Moment } from './read-models';

/** What `policyNotices` tells of one obligation. */
export type ObligationNoticeKind = 'OUTSTANDING' | 'OVERDUE' | 'SETTLED';

/** An item about what somebody must do; the same for all who must do the same. */
export interface ObligationNotice {
  readonly kind: ObligationNoticeKind;
  readonly obligation: ThingToDo;
  /** OUTSTANDING: since when; OVERDUE: its deadline; SETTLED: from when what settled it counts. */
  readonly at: Instant;
  readonly id: NoticeId;
}

/**
 * Deterministic: kind, obligation, version, instants, person, cause. Clients deduplicate by it (rule O4). The person
 * stands between the two parts.
 */
export type NoticeId = readonly [before: string, after: string];

/** By what a notice came up: an event, of a version or a retirement if it has that id, or the clock alone. */
export type NoticeCause =
  | { readonly by: 'event'; readonly position: Position; readonly about?: string }
  | { readonly by: 'clock'; readonly at: Instant };

/** What is outstanding at an instant, one item for each obligation (at login). */
export function outstandingNotices({ items }: ThingsToDo, at: Instant): ObligationNotice[] {
  return items.map((each) => pending(each, at));
}

/** Overdue is what had its grace and let it lapse; without any it is outstanding from the beginning to the end. */
function isOverdue({ since, deadline }: ThingToDo, t: Instant): boolean {
  return since < deadline && deadline <= t;
}

function pending(each: ThingToDo, t: Instant, cause?: NoticeCause): ObligationNotice {
  const [kind, at] = isOverdue(each, t)
    ? (['OVERDUE', each.deadline] as const)
    : (['OUTSTANDING', each.since] as const);
  return notice(kind, each, at, cause && !isItsOwn(each, cause) ? cause : undefined);
}

/** With the version that asks for it, an obligation comes up for the first time; by anything else it may come up again. */
function isItsOwn({ rootVersionId }: ThingToDo, cause: NoticeCause): boolean {
  return cause.by === 'event' && cause.about === rootVersionId;
}

/** What somebody must do, as it was and as it is. */
export interface ThingsMoved {
  readonly before: ThingsToDo;
  readonly beforeAt: Instant;
  readonly after: ThingsToDo;
  readonly at: Instant;
}

/**
 * What became outstanding or overdue, and what was settled, between two moments. An obligation that moved to another
 * version of the same root is the same (rule O2), and comes up again only for a purpose that it did not ask for; one
 * whose root is no longer asked for is not settled: that it ended is told by the change of versions.
 *
 * @param settled from when what was done about it counts; undefined: nothing was
 */
export function obligationNotices(
  { before, beforeAt, after, at: t }: ThingsMoved,
  cause: NoticeCause,
  settled: (gone: ThingToDo) => Instant | undefined,
): readonly ObligationNotice[] {
  const had = new Map(before.items.map((each) => [identityOf(each), each]));
  const has = new Set(after.items.map(identityOf));
  const fresh = after.items.flatMap((each): ObligationNotice[] => {
    const known = had.get(identityOf(each));
    if (!known || asksForMore(each, known)) return [pending(each, t, cause)];
    // The grace lapses once, whatever it was that was applied then.
    return isOverdue(each, t) && !isOverdue(known, beforeAt) ? [pending(each, t)] : [];
  });
  const gone = before.items.filter((each) => !has.has(identityOf(each)));
  const done = gone.flatMap((each): ObligationNotice[] => {
    const at = settled(each);
    return at === undefined ? [] : [notice('SETTLED', each, at, cause)];
  });
  return [...fresh, ...done];
}

function notice(
  kind: ObligationNoticeKind,
  obligation: ThingToDo,
  at: Instant,
  cause: NoticeCause | undefined,
): ObligationNotice {
  const { kind: what, rootVersionId, since } = obligation;
  const instants = at === since ? [since] : [since, at];
  const by = cause === undefined ? '' : `:${cause.by === 'event' ? cause.position : cause.at}`;
  return { kind, obligation, at, id: [[kind, what, rootVersionId, ...instants, ''].join(':'), by] };
}

/** The same thing to do, whichever version of the same root asks for it now. */
export function identityOf({ kind, rootVersionId, since }: ThingToDo): string {
  return `${kind} ${rootVersionId} ${since}`;
}

function asksForMore({ purposes }: ThingToDo, known: ThingToDo): boolean {
  return purposes.some((purpose) => !known.purposes.includes(purpose));
}

/** From when what was done counts; undefined: it was not done, it is only no longer asked for. */
export function settledAt(
  queries: NoticeQueries,
  subjectId: string,
  gone: ThingToDo,
  moment: Moment,
): Instant | undefined {
  const prefix = queries.prefixAtOrdinal(moment.n);
  const person = prefix && queries.personFacts(subjectId, prefix);
  const policy = prefix && queries.policyFacts(gone.policyId, prefix);
  const version = policy?.version(gone.versionId);
  if (!person || !policy || !version) return undefined;
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
export function changeConcerns(
  queries: NoticeQueries,
  subjectId: string,
  moment: Moment,
  change: PolicyChange,
): boolean {
  const prefix = queries.prefixAtOrdinal(moment.n);
  const person = prefix && queries.personFacts(subjectId, prefix);
  const policy = prefix && queries.policyFacts(change.policy, prefix);
  if (!person || !policy || person.registeredAt > moment.effectiveAt) return false;
  return !isApart(person, moment.effectiveAt) && isMeantFor(policy, change, person, moment.effectiveAt);
}

function isMeantFor(policy: PolicyFacts, change: PolicyChange, person: PersonFacts, at: Instant): boolean {
  const profile = person.profileAt(at);
  if (change.versionId === undefined) {
    // A retirement concerns whom the version before it did.
    const before = policy.inForce(addMs(change.at, -1), person.registeredAt);
    return before.code === 'VERSION_IN_FORCE' && addresses(before.version, profile);
  }
  const version = policy.version(change.versionId);
  return version !== undefined && addresses(version, profile);
}
