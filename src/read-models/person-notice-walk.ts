import { addMs, type Instant, instantAt, laterOf } from '../domain/time';
import type { PeopleQueries } from './people';
import {
  changeConcerns,
  type NoticeCause,
  type NoticeQueries,
  type ObligationNotice,
  obligationNotices,
  outstandingNotices,
  type Standing,
  standingAt,
} from './person-notices';
import {
  type ChangeSource,
  changesOfEvent,
  changesOfInstant,
  type LoggedChange,
  type PolicyChange,
} from './policy-changes';
import type { Moment, ReadModels } from './read-models';

/** What one person is told: of a policy that concerns them, or of something they must do. */
export type PersonNotice =
  | { readonly about: 'policy'; readonly id: string; readonly change: PolicyChange }
  | { readonly about: 'obligation'; readonly id: string; readonly notice: ObligationNotice };

/** What happened at one event, or by the clock at one instant: all that is told of it, in order. */
export interface NoticeStep {
  readonly of: 'event' | 'clock';
  readonly items: readonly PersonNotice[];
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
export function nextNoticeStep(
  queries: WalkQueries,
  subjectId: string,
  before: Standing,
  until: Moment,
): NoticeStep | undefined {
  const { n, effectiveAt: t } = before.moment;
  const source = sourceFor(queries, before);
  const event = nextEvent(queries, source, subjectId, before, until);
  const runTo = event ? laterOf(t, earlierOf(instantOfEvent(queries, event.n), until.effectiveAt)) : until.effectiveAt;
  const at = nextInstant(source, before, runTo);
  if (at !== undefined) return clockStep(queries, subjectId, source, before, { n, effectiveAt: at });
  return event && eventStep(queries, subjectId, source, event, before, { n: event.n, effectiveAt: runTo });
}

/** The step that led to a moment, told anew: some of its items may not have been delivered. */
export function noticeStepTo(
  queries: WalkQueries,
  subjectId: string,
  of: NoticeStep['of'],
  moment: Moment,
): NoticeStep | undefined {
  const { n, effectiveAt } = moment;
  if (of === 'clock') {
    const before = standingAt(queries, subjectId, { n, effectiveAt: addMs(effectiveAt, -1) });
    return clockStep(queries, subjectId, sourceFor(queries, before), before, moment);
  }
  if (n === 0) return undefined;
  const before = standingAt(queries, subjectId, { n: n - 1, effectiveAt });
  const source = sourceFor(queries, before);
  return eventStep(queries, subjectId, source, { n, change: source.changeAt(n) }, before, moment);
}

/** Whose policies may concern the person, at the moment of a standing. */
export function organisationsOf({ person, moment }: Standing): readonly string[] {
  if (!person) return [];
  const { customerId } = person.profileAt(moment.effectiveAt);
  return customerId === undefined ? [person.organisationId] : [person.organisationId, customerId];
}

function sourceFor(queries: WalkQueries, standing: Standing): ChangeSource {
  const registeredAt = standing.person?.registeredAt;
  return queries.policyChangeSource({
    organisations: organisationsOf(standing),
    ...(registeredAt !== undefined && { registeredAt }),
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
  subjectId: string,
  { moment: { n }, person }: Standing,
  until: Moment,
): EventAhead | undefined {
  const change = source.nextChange(n, until.n);
  const subjects = [subjectId, ...(person?.linked ?? []).map((linked) => linked.subjectId)];
  const own = queries.nextFactTouching(subjects, n, change ? change.n - 1 : until.n);
  if (own !== undefined) return { n: own, change: undefined };
  return change && { n: change.n, change };
}

/** Where the clock stands at an event: that of the log, and not before any live fact up to it counts (rules S2, S4). */
function instantOfEvent(queries: WalkQueries, n: number): Instant {
  return instantAt(Math.max(queries.prefixAtOrdinal(n)?.clockMs ?? 0, queries.latestLiveValidFromMs(n)));
}

/** The first instant at which the clock alone may change something, for the policies or for the person. */
function nextInstant(source: ChangeSource, before: Standing, runTo: Instant): Instant | undefined {
  const { n, effectiveAt: t } = before.moment;
  const { unchangedUntil } = before.obligations;
  const own =
    unchangedUntil !== undefined && unchangedUntil > t && unchangedUntil <= runTo ? unchangedUntil : undefined;
  const boundary = source.nextBoundary(t, own ?? runTo, n);
  return boundary?.at ?? own;
}

function clockStep(
  queries: WalkQueries,
  subjectId: string,
  source: ChangeSource,
  before: Standing,
  moment: Moment,
): NoticeStep {
  const { n, effectiveAt: at } = moment;
  const changes = changesOfInstant(source.boundaryAt(at, n) ?? { at, policies: [] }, n, source);
  return step(queries, subjectId, { of: 'clock', changes, cause: { by: 'clock', at } }, before, moment);
}

function eventStep(
  queries: WalkQueries,
  subjectId: string,
  source: ChangeSource,
  { n, change }: EventAhead,
  before: Standing,
  moment: Moment,
): NoticeStep {
  const changes = change ? changesOfEvent(change, moment.effectiveAt, source) : [];
  const position = queries.prefixAtOrdinal(n)?.position;
  if (position === undefined) throw new Error('A step was taken beyond what is applied.');
  const cause = { by: 'event', position, ...(change && { about: change.id }) } as const;
  return step(queries, subjectId, { of: 'event', changes, cause }, before, moment);
}

interface Taken {
  readonly of: NoticeStep['of'];
  readonly changes: readonly PolicyChange[];
  readonly cause: NoticeCause;
}

function step(
  queries: WalkQueries,
  subjectId: string,
  { of, changes, cause }: Taken,
  before: Standing,
  moment: Moment,
): NoticeStep {
  const after = standingAt(queries, subjectId, moment);
  const told = changes
    .filter((change) => changeConcerns(queries, after, change))
    .map((change): PersonNotice => ({ about: 'policy', id: `${change.id}:${subjectId}`, change }));
  const items = [...told, ...obligationNotices(queries, subjectId, before, after, cause).map(ofObligation)];
  return { of, items, after };
}

/** What is outstanding at login, as items. */
export function noticesAtLogin(subjectId: string, standing: Standing): readonly PersonNotice[] {
  return outstandingNotices(subjectId, standing).map(ofObligation);
}

function ofObligation(notice: ObligationNotice): PersonNotice {
  return { about: 'obligation', id: notice.id, notice };
}

function earlierOf(a: Instant, b: Instant): Instant {
  return a < b ? a : b;
}
