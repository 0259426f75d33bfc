import type { ObligationKind } from '../domain/subject/demands';
import type { StateReasonCode } from '../domain/subject/reason-sentences';
import { because, type StateReason } from '../domain/subject/state-reason';
import { addMs, type Instant, instantAt, laterOf } from '../domain/time';
import type { AlikeThen, ToldAlike } from './alike-persons';
import type { PeopleQueries } from './people';
import {
  changeConcerns,
  identityOf,
  type NoticeCause,
  type ObligationNotice,
  obligationNotices,
  outstandingNotices,
  settledAt,
} from './person-notices';
import {
  isSettled,
  type KnownPerson,
  type NoticeQueries,
  obligationsAt,
  personAt,
  type Standing,
  standingAt,
  subjectsOf,
} from './person-standing';
import {
  type ChangeSource,
  changesOfEvent,
  changesOfInstant,
  type LoggedChange,
  type PolicyChange,
} from './policy-changes';
import type { Moment, Prefix, ReadModels } from './read-models';

/** What happened at one event, or by the clock at one instant: all that is told of it, in order. */
export interface NoticeStep {
  readonly of: 'event' | 'clock';
  /** The same for all who are alike; each is told it under an id of their own, see {@link toldTo}. */
  readonly told: readonly ToldAlike[];
  /** Up to where all had been told before it. */
  readonly from: Moment;
  /** How the person stands after it; its moment is where to go on. */
  readonly after: Standing;
}

export type WalkQueries = NoticeQueries &
  Pick<PeopleQueries, 'nextFactTouching'> &
  Pick<ReadModels, 'latestLiveValidFromMs' | 'policyChangeSource'>;

/**
 * The next thing that may change what a person is told: an event of theirs or of a policy that may concern them, or an
 * instant at which the clock alone does (rule O4). Every such step is taken by itself, at its own place in log and clock,
 * so that whoever follows live and whoever comes later from a cursor are told the same, also of what has passed since.
 *
 * @param before how the person stands, at a moment up to which all has been told
 * @returns undefined: nothing up to `until`
 */
export function nextNoticeStep(queries: WalkQueries, standing: Standing, until: Moment): NoticeStep | undefined {
  const person = personAt(queries, standing);
  const before = person === standing.person ? standing : { ...standing, person };
  const { n, effectiveAt: t } = before.moment;
  const source = sourceFor(queries, before);
  const event = nextEvent(queries, source, before, until);
  const runTo = event ? laterOf(t, earlierOf(instantOfEvent(queries, event.n), until.effectiveAt)) : until.effectiveAt;
  const at = nextInstant(source, before, runTo);
  if (at !== undefined) return clockStep(queries, source, before, { n, effectiveAt: at });
  return event && eventStep(queries, source, event, before, { n: event.n, effectiveAt: runTo });
}

/** The step that led to a moment, told anew: some of its items may not have been delivered. */
export function noticeStepTo(
  queries: WalkQueries,
  subjectId: string,
  of: NoticeStep['of'],
  moment: Moment,
): NoticeStep | undefined {
  const before = standingBefore(queries, subjectId, of, moment);
  if (!before) return undefined;
  const source = sourceFor(queries, before);
  if (of === 'clock') return clockStep(queries, source, before, moment);
  return eventStep(queries, source, { n: moment.n, change: source.changeAt(moment.n) }, before, moment);
}

/** How somebody stood just before the step that led to a moment; undefined: nothing did. */
function standingBefore(
  queries: WalkQueries,
  subjectId: string,
  of: NoticeStep['of'],
  { n, effectiveAt }: Moment,
): Standing | undefined {
  if (of === 'clock') return standingAt(queries, subjectId, { n, effectiveAt: addMs(effectiveAt, -1) });
  return n === 0 ? undefined : standingAt(queries, subjectId, { n: n - 1, effectiveAt });
}

/** What is outstanding at login. */
export function toldAtLogin({ obligations, moment }: Standing): readonly ToldAlike[] {
  return outstandingNotices(obligations, moment.effectiveAt).map(ofObligation);
}

/** Deterministic: whoever is told it again, on whatever node, is told it under the same id (rule O4). */
export function idFor(subjectId: string, told: ToldAlike): string {
  if (told.about === 'policy') return `${told.change.id}:${subjectId}`;
  const [before, after] = told.notice.id;
  return `${before}${subjectId}${after}`;
}

/** Why a person had something to do at a moment. */
export function reasonAt(
  queries: NoticeQueries,
  subjectId: string,
  { obligation }: ObligationNotice,
  moment: Moment,
): StateReason {
  const { items } = obligationsAt(queries, subjectId, moment);
  const found = items.find((each) => identityOf(each) === identityOf(obligation));
  // A fact of another node whose clock is ahead may have come to count since it was looked at.
  return found?.reason ?? because(REASONS[obligation.kind]);
}

const REASONS = {
  READ_NOTICE: 'NOT_READ',
  ACCEPT_TERMS: 'NOT_ACCEPTED',
  DECIDE_CONSENT: 'NOT_DECIDED',
  RENEW_CONSENT: 'RENEWAL_DUE',
} as const satisfies Record<ObligationKind, StateReasonCode>;

const NO_ORGANISATIONS: readonly string[] = [];

function sourceFor(queries: WalkQueries, { person }: Standing): ChangeSource {
  return queries.policyChangeSource({
    organisations: person?.organisations ?? NO_ORGANISATIONS,
    ...(person && { registeredAt: person.registeredAt }),
  });
}

/** An event that has to be looked at, with what it says of a policy if it is of one. */
interface EventAhead {
  readonly n: number;
  readonly change: LoggedChange | undefined;
}

function nextEvent(
  queries: WalkQueries,
  source: ChangeSource,
  before: Standing,
  until: Moment,
): EventAhead | undefined {
  const { n } = before.moment;
  const change = source.nextChange(n, until.n);
  const own = queries.nextFactTouching(subjectsOf(before), n, change ? change.n - 1 : until.n);
  if (own !== undefined) return { n: own, change: undefined };
  return change && { n: change.n, change };
}

/** Where the clock stands at an event: that of the log, and not before any live fact up to it counts (rules S2, S4). */
function instantOfEvent(queries: WalkQueries, n: number): Instant {
  const prefix = queries.prefixAtOrdinal(n);
  const known = prefix && EVENT_INSTANTS.get(prefix);
  if (known !== undefined) return known;
  const instant = instantAt(Math.max(prefix?.clockMs ?? 0, queries.latestLiveValidFromMs(n)));
  if (prefix) EVENT_INSTANTS.set(prefix, instant);
  return instant;
}

/** Of events that many come to. */
const EVENT_INSTANTS = new WeakMap<Prefix, Instant>();

/** The first instant at which the clock alone may change something, for the policies or for the person. */
function nextInstant(source: ChangeSource, before: Standing, runTo: Instant): Instant | undefined {
  const { n, effectiveAt: t } = before.moment;
  const { unchangedUntil } = before.obligations;
  const own =
    unchangedUntil !== undefined && unchangedUntil > t && unchangedUntil <= runTo ? unchangedUntil : undefined;
  const boundary = source.nextBoundary(t, own ?? runTo, n);
  return boundary?.at ?? own;
}

function clockStep(queries: WalkQueries, source: ChangeSource, before: Standing, moment: Moment): NoticeStep {
  const { n, effectiveAt: at } = moment;
  const changes = () => changesOfInstant(source.boundaryAt(at, n) ?? { at, policies: [] }, n, source);
  return step(queries, { of: 'clock', isOwn: false, changes, cause: { by: 'clock', at } }, before, moment);
}

function eventStep(
  queries: WalkQueries,
  source: ChangeSource,
  { n, change }: EventAhead,
  before: Standing,
  moment: Moment,
): NoticeStep {
  const changes = () => (change ? changesOfEvent(change, moment.effectiveAt, source) : []);
  const position = queries.prefixAtOrdinal(n)?.position;
  if (position === undefined) throw new Error('A step was taken beyond what is applied.');
  const cause = { by: 'event', position, ...(change && { about: change.id }) } as const;
  return step(queries, { of: 'event', isOwn: change === undefined, changes, cause }, before, moment);
}

interface Taken {
  readonly of: NoticeStep['of'];
  /** By a fact of the person's own, after which they are like others or like nobody. */
  readonly isOwn: boolean;
  readonly changes: () => readonly PolicyChange[];
  readonly cause: NoticeCause;
}

function step(queries: WalkQueries, taken: Taken, before: Standing, moment: Moment): NoticeStep {
  const { subjectId, person } = before;
  if (!taken.isOwn && person && isSettled(person, before.moment.effectiveAt)) {
    const alike = queries.alikePersons?.standing(subjectId, person, moment);
    const shared = alike && stepOfMany(queries, taken, before, { ...before, person, moment }, alike);
    if (shared) return shared;
  }
  return stepOfOne(queries, taken, before, standingAt(queries, subjectId, moment));
}

/** Found by the first of those who are alike; undefined: each of them is told something of their own. */
function stepOfMany(
  queries: WalkQueries,
  taken: Taken,
  before: Standing,
  { subjectId, person, moment }: Standing & { readonly person: KnownPerson },
  alike: AlikeThen,
): NoticeStep | undefined {
  const obligations = alike.thingsOf(person.registeredAt, moment.effectiveAt);
  const shared = alike.steps[taken.of];
  const told = shared.told(before.obligations, obligations, () => {
    const changes = shared.changes(() =>
      taken.changes().filter((change) => changeConcerns(queries, subjectId, moment, change)),
    );
    let hasOwn = false;
    const notices = obligationNotices(moved(before, { moment, obligations }), taken.cause, (gone) => {
      // From when what they did counts is another instant for each.
      hasOwn ||= alike.hasSettled(gone, () => settledAt(queries, subjectId, gone, moment) !== undefined);
      return undefined;
    });
    return hasOwn ? undefined : [...changes.map(ofPolicy), ...notices.map(ofObligation)];
  });
  return told && { of: taken.of, told, from: before.moment, after: { subjectId, moment, person, obligations } };
}

function stepOfOne(queries: WalkQueries, { of, changes, cause }: Taken, before: Standing, after: Standing): NoticeStep {
  const { subjectId, moment } = after;
  const told = changes().filter((change) => changeConcerns(queries, subjectId, moment, change));
  const notices = obligationNotices(moved(before, after), cause, (gone) => settledAt(queries, subjectId, gone, moment));
  return { of, told: [...told.map(ofPolicy), ...notices.map(ofObligation)], from: before.moment, after };
}

function moved(before: Standing, after: Pick<Standing, 'moment' | 'obligations'>) {
  return {
    before: before.obligations,
    beforeAt: before.moment.effectiveAt,
    after: after.obligations,
    at: after.moment.effectiveAt,
  };
}

function ofPolicy(change: PolicyChange): ToldAlike {
  return { about: 'policy', change };
}

function ofObligation(notice: ObligationNotice): ToldAlike {
  return { about: 'obligation', notice };
}

function earlierOf(a: Instant, b: Instant): Instant {
  return a < b ? a : b;
}
