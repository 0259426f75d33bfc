import type { Channel } from '../../domain/subject/subject.events';
import { epochMsOf, instantAt } from '../../domain/time';
import type { ToldAlike } from '../../read-models/alike-persons';
import {
  idFor,
  type NoticeStep,
  nextNoticeStep,
  noticeStepTo,
  toldAtLogin,
} from '../../read-models/person-notice-walk';
import { identityOf } from '../../read-models/person-notices';
import { isSettled, type Standing, standingAt } from '../../read-models/person-standing';
import type { Moment } from '../../read-models/read-models';
import type { ApiContext } from '../context';
import { apiError, linkedAway } from '../errors';
import type { NoticeCursor, PartialNotices } from '../position';
import { type Pulled, type PulledSource, pulledFeed, type Sleeper } from '../pulled-feed';
import type { NoticeWaiter } from './notice-bell';

/** Steps that one pull goes without finding anything to tell: what an old cursor has behind it is read in turns. */
const MAX_STEPS_PER_PULL = 20;

export interface NoticesAsked {
  readonly subject: string;
  readonly channel: Channel;
  /** Absent: at login, everything outstanding. */
  readonly after?: NoticeCursor;
}

/** An item of one person, with the place to go on after it. */
export interface DeliveredNotice {
  readonly id: string;
  readonly what: ToldAlike;
  readonly cursor: NoticeCursor;
  /** When it was so: the moment at which what is told of had to be done. */
  readonly asAt: Moment;
}

/** Whoever is told. */
export interface NoticeSink {
  /** What the reader is given of each item. */
  itemOf(item: DeliveredNotice): DeliveredNotice;
  /** The transport has taken these (rule O3). */
  taken(items: readonly DeliveredNotice[]): void;
}

export type NoticeFeedServices = Pick<ApiContext, 'noticeBell' | 'nowMs'>;

/**
 * What one person is told, as one endless list (rules O3, O4): first what is outstanding, then what happens to the
 * policies that concern them, and what becomes outstanding, overdue or settled, by the log and by the clock.
 */
export function personNoticeFeed(
  services: NoticeFeedServices,
  asked: NoticesAsked,
  sink: NoticeSink,
): AsyncIterableIterator<DeliveredNotice> {
  return pulledFeed(new PersonNotices(services, asked, sink));
}

/** Reads on from a place in log and clock, for one person. */
class PersonNotices implements PulledSource<DeliveredNotice>, NoticeWaiter {
  #feed: Sleeper | undefined;
  /** How the person stood at the moment up to which all has been told. */
  #told: Standing | undefined;

  constructor(
    private readonly services: NoticeFeedServices,
    private readonly asked: NoticesAsked,
    private readonly sink: NoticeSink,
  ) {
    // A cursor that can never be followed is refused at once.
    if (asked.after) this.#momentOf(asked.after);
  }

  follow(feed: Sleeper): void {
    this.#feed = feed;
    this.services.noticeBell.enter(this);
  }

  stop(): void {
    this.#feed = undefined;
    this.services.noticeBell.leave(this);
  }

  wake(): void {
    this.#feed?.wake();
  }

  taken(items: readonly DeliveredNotice[]): void {
    this.sink.taken(items);
  }

  get concerns(): readonly string[] {
    const person = this.#told?.person;
    return [this.asked.subject, ...(person?.linked ?? []), ...(person?.organisations ?? [])];
  }

  pull(): Pulled<DeliveredNotice> {
    if (this.#told === undefined) return this.#open();
    const now = this.#now();
    for (let steps = 0; steps < MAX_STEPS_PER_PULL; steps += 1) {
      const told: Standing = this.#told;
      if (now.effectiveAt < told.moment.effectiveAt) return NOTHING;
      const step = nextNoticeStep(this.services.noticeBell.readModels, told, now);
      if (!step) {
        this.#told = { ...told, moment: now };
        return NOTHING;
      }
      this.#goTo(step.after);
      if (step.told.length > 0) return { items: this.#itemsOf(step), again: true };
    }
    return { items: [], again: true };
  }

  clockMs(): number | undefined {
    // What this node has yet to apply may not concern the person, and then nobody tells.
    if (this.#told === undefined) return Number.POSITIVE_INFINITY;
    const { noticeBell, nowMs } = this.services;
    const { readModels } = noticeBell;
    const { person, moment, obligations } = this.#told;
    const organisations = person?.organisations ?? [];
    const next = [
      readModels.nextPolicyChangeAt({ organisations, afterT: moment.effectiveAt }, readModels.applied()),
      obligations.unchangedUntil,
    ].flatMap((instant) => (instant === undefined ? [] : epochMsOf(instant)));
    // A node whose clock is before the cursor's waits until it has come that far.
    const toldMs = epochMsOf(moment.effectiveAt) - nowMs();
    const isSure = person !== undefined && isSettled(person, moment.effectiveAt);
    if (next.length === 0 && toldMs <= 0 && isSure) return undefined;
    return Math.max(Math.min(...next) - nowMs(), toldMs);
  }

  /** The first items: at login all that is outstanding, else what the cursor's last step still owes. */
  #open(): Pulled<DeliveredNotice> {
    const { readModels } = this.services.noticeBell;
    const { after, subject } = this.asked;
    if (after === undefined) {
      const now = standingAt(readModels, subject, this.#now());
      this.#goTo(now);
      return { items: this.#delivered('login', toldAtLogin(now), now.moment), again: true };
    }
    const moment = this.#momentOf(after);
    if (!moment) return NOTHING;
    const told = standingAt(readModels, subject, moment);
    const owed = after.partial ? this.#owed(after.partial, told) : [];
    this.#goTo(told);
    return { items: [...this.#neverSent(after, told, owed), ...owed], again: true };
  }

  /** Of the step that the cursor stands in, the items after it. */
  #owed({ of, delivered }: PartialNotices, told: Standing): readonly DeliveredNotice[] {
    const { subject } = this.asked;
    if (of === 'login') return this.#delivered(of, toldAtLogin(told), told.moment).slice(delivered);
    const step = noticeStepTo(this.services.noticeBell.readModels, subject, of, told.moment);
    return step ? this.#itemsOf(step).slice(delivered) : [];
  }

  /** What was outstanding at the cursor, still is, and was never sent on this channel. */
  #neverSent(after: NoticeCursor, told: Standing, owed: readonly DeliveredNotice[]): readonly DeliveredNotice[] {
    const { subject } = this.asked;
    const now = standingAt(this.services.noticeBell.readModels, subject, this.#now());
    const still = new Set(toldAtLogin(now).map((each) => idFor(subject, each)));
    const sending = new Set(
      owed.flatMap(({ what }) => (what.about === 'obligation' ? identityOf(what.notice.obligation) : [])),
    );
    return toldAtLogin(told).flatMap((each): DeliveredNotice[] => {
      const id = idFor(subject, each);
      if (each.about !== 'obligation' || !still.has(id) || sending.has(identityOf(each.notice.obligation))) return [];
      const { policyId, versionId } = each.notice.obligation;
      return this.#wasNotified(now, policyId, versionId)
        ? []
        : [this.sink.itemOf({ id, what: each, cursor: after, asAt: told.moment })];
    });
  }

  #wasNotified({ subjectId, moment }: Standing, policyId: string, versionId: string): boolean {
    const { readModels } = this.services.noticeBell;
    const prefix = readModels.prefixAtOrdinal(moment.n);
    const person = prefix && readModels.personFacts(subjectId, prefix);
    for (const { step, versionId: of, channel } of person?.notices(policyId, moment.effectiveAt) ?? []) {
      if (step === 'NOTIFIED' && of === versionId && channel === this.asked.channel) return true;
    }
    return false;
  }

  #itemsOf({ of, told, from, after }: NoticeStep): readonly DeliveredNotice[] {
    return this.#delivered(of, told, after.moment, from);
  }

  /** Items that belong together, each with the cursor that goes on after it. */
  #delivered(
    of: PartialNotices['of'],
    told: readonly ToldAlike[],
    moment: Moment,
    from = moment,
  ): readonly DeliveredNotice[] {
    const cursors = this.#cursorsOf(of, told, moment);
    const items: DeliveredNotice[] = [];
    for (let place = 0; place < told.length; place += 1) {
      const [what, cursor] = [told[place], cursors[place]];
      if (!what || !cursor) continue;
      const isOver = what.about === 'obligation' && what.notice.kind === 'SETTLED';
      items.push(this.sink.itemOf({ id: idFor(this.asked.subject, what), what, cursor, asAt: isOver ? from : moment }));
    }
    return items;
  }

  /** The very same for all who are told the same. */
  #cursorsOf(of: PartialNotices['of'], told: readonly ToldAlike[], { n, effectiveAt: t }: Moment) {
    const known = CURSORS.get(told);
    if (known) return known;
    const prefix = this.services.noticeBell.readModels.prefixAtOrdinal(n);
    if (prefix === undefined) throw new Error('Something was delivered from beyond what is applied.');
    const { position } = prefix;
    const cursors = told.map((_, place): NoticeCursor => {
      const delivered = place + 1;
      return { position, t, ...(delivered < told.length && { partial: { of, delivered } }) };
    });
    CURSORS.set(told, cursors);
    return cursors;
  }

  /** @throws SUBJECT_LINKED what is told from here on is the account's (rule D7) */
  #goTo(told: Standing): void {
    if (told.person?.linkedTo !== undefined) throw linkedAway();
    const isOther = this.#feed !== undefined && !concernsSame(told.person, this.#told?.person);
    if (isOther) this.services.noticeBell.leave(this);
    this.#told = told;
    if (isOther) this.services.noticeBell.enter(this);
  }

  #now(): Moment {
    const { noticeBell, nowMs } = this.services;
    const { readModels } = noticeBell;
    const { n } = readModels.applied();
    return momentAt(n, Math.max(nowMs(), readModels.latestLiveValidFromMs(n)));
  }

  /** Undefined while this node has not come that far. @throws BAD_CURSOR */
  #momentOf({ position, t }: NoticeCursor): Moment | undefined {
    const found = this.services.noticeBell.readModels.findPosition(position);
    if (found.kind === 'not-reached') return undefined;
    if (found.kind !== 'found') throw apiError('BAD_CURSOR', 'This is not a cursor of this log.');
    return { n: found.prefix.n, effectiveAt: t };
  }
}

/** Whether the same concerns a person before and after. */
function concernsSame(before: Standing['person'], after: Standing['person']): boolean {
  return sameIds(before?.linked, after?.linked) && sameIds(before?.organisations, after?.organisations);
}

function sameIds(some: readonly string[] = NONE, others: readonly string[] = NONE): boolean {
  return some.length === others.length && some.every((id, place) => id === others[place]);
}

/** The very same for all who look at the same time. */
function momentAt(n: number, ms: number): Moment {
  if (lastMoment.ms !== ms || lastMoment.moment.n !== n) {
    lastMoment = { ms, moment: { n, effectiveAt: instantAt(ms) } };
  }
  return lastMoment.moment;
}

let lastMoment: { readonly ms: number; readonly moment: Moment } = {
  ms: 0,
  moment: { n: 0, effectiveAt: instantAt(0) },
};

/** Of all that some are told together: whoever is told the same goes on from the same place. */
const CURSORS = new WeakMap<readonly ToldAlike[], readonly NoticeCursor[]>();
const NOTHING = { items: [], again: false } as const;
const NONE: readonly string[] = [];
