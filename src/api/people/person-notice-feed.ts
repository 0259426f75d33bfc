import type { Channel } from '../../domain/subject/subject.events';
import { epochMsOf, instantAt } from '../../domain/time';
import {
  changeConcerns,
  type ObligationNotice,
  obligationNotices,
  outstandingNotices,
  type Standing,
  standingAt,
} from '../../read-models/person-notices';
import type { PolicyChange, PolicyChangeCursor } from '../../read-models/policy-changes';
import type { Moment } from '../../read-models/read-models';
import type { ApiContext } from '../context';
import { apiError } from '../errors';
import type { ChangeCursor, CursorMoment, NoticeCursor, ToldPlace } from '../position';
import { type Pulled, type PulledSource, pulledFeed } from '../pulled-feed';
import type { NoticeInterest } from './notice-bell';

const CHANGES_PER_PULL = 100;

export interface NoticesAsked {
  readonly subject: string;
  readonly channel: Channel;
  /** Absent: at login, everything outstanding. */
  readonly after?: NoticeCursor;
}

/** An item with the place to go on after it. */
export type DeliveredNotice = { readonly id: string; readonly cursor: NoticeCursor } & (
  | { readonly about: 'policy'; readonly change: PolicyChange }
  | { readonly about: 'obligation'; readonly notice: ObligationNotice }
);

/** Told of the items that the transport has taken (rule O3). */
export type NoticesTaken = (items: readonly DeliveredNotice[]) => void;

export type NoticeFeedServices = Pick<ApiContext, 'readModels' | 'noticeBell' | 'nowMs'>;

/**
 * What one person is told, as one endless list (rules O3, O4): first what is outstanding, then what happens to the
 * policies that concern them, and what becomes outstanding, overdue or settled, by the log and by the clock.
 */
export function personNoticeFeed(
  services: NoticeFeedServices,
  asked: NoticesAsked,
  taken: NoticesTaken,
): AsyncIterableIterator<DeliveredNotice> {
  return pulledFeed(new PersonNotices(services, asked, taken));
}

/** Where a feed stands, by ordinals. */
interface Place {
  changes: PolicyChangeCursor;
  told: Standing;
}

/** Reads on from a place in log and clock, for one person. */
class PersonNotices implements PulledSource<DeliveredNotice> {
  #place: Place | undefined;
  #interest: NoticeInterest;

  constructor(
    private readonly services: NoticeFeedServices,
    private readonly asked: NoticesAsked,
    readonly taken: NoticesTaken,
  ) {
    this.#interest = { subjects: [asked.subject], organisations: [] };
    // A cursor that can never be followed is refused at once.
    if (asked.after) this.#momentOf(asked.after.changes);
  }

  onApplied(wake: () => void): () => void {
    return this.services.noticeBell.register(() => this.#interest, wake);
  }

  pull(): Pulled<DeliveredNotice> {
    const place = this.#place;
    if (place === undefined) return this.#open();
    const now = this.#now();
    if (now.effectiveAt < place.changes.t) return NOTHING;
    const { changes, again } = this.#changes(place, now);
    return again ? { items: changes, again } : { items: [...changes, ...this.#obligations(place, now)], again };
  }

  clockMs(): number | undefined {
    const place = this.#place;
    // What this node has yet to apply may not concern the person, and then nobody tells.
    if (place === undefined) return Number.POSITIVE_INFINITY;
    const { readModels, nowMs } = this.services;
    const { organisations } = this.#interest;
    const next = [
      readModels.nextPolicyChangeAt({ organisations, afterT: place.changes.t }, readModels.applied()),
      place.told.obligations.unchangedUntil,
    ].flatMap((instant) => (instant === undefined ? [] : epochMsOf(instant)));
    // A node whose clock is before the cursor's waits until it has come that far.
    const wakeMs = Math.max(Math.min(...next), epochMsOf(place.changes.t));
    return wakeMs - nowMs();
  }

  /** The first items: at login all that is outstanding, else what the cursor's last step still owes. */
  #open(): Pulled<DeliveredNotice> {
    const { after } = this.asked;
    if (after === undefined) {
      const now = this.#standing(this.#now());
      this.#place = { changes: { n: now.moment.n, t: now.moment.effectiveAt }, told: now };
      return { items: this.#step(outstandingNotices(this.asked.subject, now), undefined, now), again: true };
    }
    const [changes, upTo] = [this.#momentOf(after.changes), this.#momentOf(after.told.upTo)];
    if (!changes || !upTo) return NOTHING;
    const { partial, t } = after.changes;
    const told = this.#standing(upTo);
    this.#place = { changes: { n: changes.n, t, ...(partial && { partial }) }, told };
    const owed = this.#owed(after.told, told);
    const sent = new Set(owed.map(({ id }) => id));
    const unsent = this.#neverSent(told).filter(({ id }) => !sent.has(id));
    return { items: [...unsent, ...owed], again: true };
  }

  /** Of the step that the cursor stands in, the items after it. */
  #owed({ step }: ToldPlace, told: Standing): readonly DeliveredNotice[] {
    if (step === undefined) return [];
    const from = step.from && this.#momentOf(step.from);
    if (step.from && !from) return [];
    const before = from && this.#standing(from);
    const { subject } = this.asked;
    const notices = before
      ? obligationNotices(this.services.readModels, subject, before, told)
      : outstandingNotices(subject, told);
    return this.#step(notices, before, told).slice(step.delivered);
  }

  /** What was outstanding at the cursor, still is, and was never sent on this channel. */
  #neverSent(told: Standing): readonly DeliveredNotice[] {
    const now = this.#standing(this.#now());
    const still = new Set(outstandingNotices(this.asked.subject, now).map(({ id }) => id));
    return outstandingNotices(this.asked.subject, told)
      .filter(
        ({ id, obligation }) => still.has(id) && !this.#wasNotified(now, obligation.policyId, obligation.versionId),
      )
      .map((notice) => this.#item(notice, { changes: this.#changesCursor(), told: this.#upTo(told) }));
  }

  #wasNotified({ person, moment }: Standing, policyId: string, versionId: string): boolean {
    for (const { step, versionId: of, channel } of person?.notices(policyId, moment.effectiveAt) ?? []) {
      if (step === 'NOTIFIED' && of === versionId && channel === this.asked.channel) return true;
    }
    return false;
  }

  /** What happened to the person's policies since, each with its cursor. */
  #changes(place: Place, now: Moment): { readonly changes: readonly DeliveredNotice[]; readonly again: boolean } {
    const { readModels } = this.services;
    const { person } = place.told;
    const page = readModels.policyChangesAfter({
      after: place.changes,
      untilN: now.n,
      untilT: now.effectiveAt,
      organisations: this.#interest.organisations,
      ...(person && { registeredAt: person.registeredAt }),
      limit: CHANGES_PER_PULL,
    });
    const standing = page.items.length > 0 ? this.#standing(now) : place.told;
    const told = this.#upTo(place.told);
    const changes = page.items
      .filter((change) => changeConcerns(readModels, standing, change))
      .map((change): DeliveredNotice => {
        const { n, t, partial } = change.cursor;
        const cursor = { ...this.#cursorMoment({ n, effectiveAt: t }), ...(partial && { partial }) };
        const id = `${change.id}:${this.asked.subject}`;
        return { about: 'policy', id, change, cursor: { changes: cursor, told } };
      });
    place.changes = page.next;
    return { changes, again: page.hasMore };
  }

  /** What differs in the person's obligations; afterwards they have been told up to now. */
  #obligations(place: Place, now: Moment): readonly DeliveredNotice[] {
    const before = place.told;
    if (now.n === before.moment.n && !hasClockMoved(before, now)) return [];
    const after = this.#standing(now);
    place.told = after;
    const notices = obligationNotices(this.services.readModels, this.asked.subject, before, after);
    return this.#step(notices, before, after);
  }

  /** The items of one step, each with the cursor that goes on after it. */
  #step(notices: readonly ObligationNotice[], from: Standing | undefined, to: Standing): readonly DeliveredNotice[] {
    const upTo = this.#cursorMoment(to.moment);
    const since = from && this.#cursorMoment(from.moment);
    const changes = this.#changesCursor();
    return notices.map((notice, index) => {
      const delivered = index + 1;
      const step = delivered < notices.length ? { step: { ...(since && { from: since }), delivered } } : {};
      return this.#item(notice, { changes, told: { upTo, ...step } });
    });
  }

  #item(notice: ObligationNotice, cursor: NoticeCursor): DeliveredNotice {
    return { about: 'obligation', id: notice.id, notice, cursor };
  }

  #standing(moment: Moment): Standing {
    const standing = standingAt(this.services.readModels, this.asked.subject, moment);
    const { person } = standing;
    if (person) {
      const { customerId } = person.profileAt(moment.effectiveAt);
      const { organisationId, linked } = person;
      this.#interest = {
        subjects: [this.asked.subject, ...linked.map(({ subjectId }) => subjectId)],
        organisations: customerId === undefined ? [organisationId] : [organisationId, customerId],
      };
    }
    return standing;
  }

  #now(): Moment {
    const { readModels, nowMs } = this.services;
    const { n } = readModels.applied();
    return { n, effectiveAt: instantAt(Math.max(nowMs(), readModels.latestLiveValidFromMs(n))) };
  }

  /** Undefined while this node has not come that far. @throws BAD_CURSOR */
  #momentOf({ position, t }: CursorMoment): Moment | undefined {
    const found = this.services.readModels.findPosition(position);
    if (found.kind === 'not-reached') return undefined;
    if (found.kind !== 'found') throw apiError('BAD_CURSOR', 'This is not a cursor of this log.');
    return { n: found.prefix.n, effectiveAt: t };
  }

  #upTo({ moment }: Standing): ToldPlace {
    return { upTo: this.#cursorMoment(moment) };
  }

  #changesCursor(): ChangeCursor {
    const { changes } = this.#opened();
    const { n, t, partial } = changes;
    return { ...this.#cursorMoment({ n, effectiveAt: t }), ...(partial && { partial }) };
  }

  #opened(): Place {
    if (this.#place === undefined) throw new Error('A feed told something before it had a place.');
    return this.#place;
  }

  #cursorMoment({ n, effectiveAt }: Moment): CursorMoment {
    const prefix = this.services.readModels.prefixAtOrdinal(n);
    if (prefix === undefined) throw new Error('Something was delivered from beyond what is applied.');
    return { position: prefix.position, t: effectiveAt };
  }
}

const NOTHING = { items: [], again: false } as const;

/** Whether the clock alone may have changed what a person must do. */
function hasClockMoved({ obligations: { unchangedUntil } }: Standing, { effectiveAt }: Moment): boolean {
  return unchangedUntil !== undefined && unchangedUntil <= effectiveAt;
}
