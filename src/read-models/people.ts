import type { PolicyFacts } from '../domain/policy/policy-facts';
import type { PersonFacts } from '../domain/subject/person-facts';
import type { Profile } from '../domain/subject/subject.events';
import type { Instant } from '../domain/time';
import type { Position } from '../event-store/event-store';
import type { FactRow, Known, Moment } from './read-models';

/**
 * Questions about people, answered on one prefix of the log like all others. A person is known by the random id of
 * their stream alone; nothing here says who it is.
 */
export interface PeopleQueries {
  subjectById(id: string, prefix: Known): SubjectRow | undefined;
  /** What a person was to the organisation at an instant (rules D5, O1); undefined: not registered. */
  profileOf(subjectId: string, at: Moment): Profile | undefined;
  /** What the rules ask about a person, read from the tables as they ask; undefined: not registered. */
  personFacts(subjectId: string, prefix: Known): PersonFacts | undefined;
  /**
   * The same of several, by the ordinals of their registrations, read together in a fraction of the time. Those who are
   * not registered are left out.
   */
  peopleFacts(registrations: readonly number[], prefix: Known): ReadonlyMap<number, PersonFacts>;
  /** What the rules ask about a policy, read from the tables as they ask; undefined: there is no such policy. */
  policyFacts(policyId: string, prefix: Known): PolicyFacts | undefined;
  /**
   * Published policies of the person's organisation, and of their customer at the instant (rule O1), in order of
   * creation. Whether each concerns the person follows from the version in force.
   */
  policiesThatMayConcern(subjectId: string, at: Moment): readonly string[];

  /**
   * The instants that part the people of these organisations into cohorts: whoever registered between two of them has
   * the same date of every version (rule V1). Sorted; of more than {@link MAX_COHORTS} none are said.
   */
  cohortBounds(organisations: readonly string[], prefix: Known): readonly Instant[] | undefined;
  /** The last instant from which something new is known of the person's profile; undefined: it never changed. */
  profileChangedFrom(subjectId: string, prefix: Known): Instant | undefined;

  /** People in order of registration, filtered by their profile at the instant. */
  subjectsPage(range: SubjectsRange, at: Moment): SubjectsPage;
  /** How many people an organisation has registered, anonymous and erased ones included. */
  subjectsCount(organisationId: string, prefix: Known): number;
  /** Anonymous persons that are this account, as known at a prefix (rule D7); in order of linking. */
  linkedTo(subjectId: string, prefix: Known): readonly string[];
  /** People whose erasure was decided or started and is not done: what a node takes up when it starts (rule E1). */
  erasuresDue(range: ErasuresRange, prefix: Known): ErasuresPage;
  /**
   * When the first of the holds ends that keep a decided erasure waiting, of those that end after an instant;
   * undefined: none does by itself. At most {@link MAX_LOOKED_AT} erasures are looked at.
   */
  nextHoldEnd(after: Instant, prefix: Known): Instant | undefined;
  /** A person's own tokens that were issued at or before this instant are no good; undefined: none was revoked. */
  tokensRevokedAt(subjectId: string, prefix: Known): Instant | undefined;

  /** The fact at a position; undefined: no fact of an organisation stands there on this prefix. */
  factByPosition(position: Position, prefix: Known): FactRow | undefined;
  /** The fact at a place of a person's stream, counted from 1; undefined: it is not known on this prefix. */
  factOfSubject(subjectId: string, place: number, prefix: Known): FactRow | undefined;
  /**
   * Whom events after one ordinal, up to another, may concern; undefined: they are too many to say. That somebody was
   * notified concerns nobody.
   */
  touchedBetween(afterN: number, untilN: number): Touched | undefined;
  /**
   * The first event after an ordinal, up to another, by which something about these persons may change: a fact of
   * theirs, or that an anonymous person was linked to one of them. That they were notified changes nothing.
   */
  nextFactTouching(subjectIds: readonly string[], afterN: number, untilN: number): number | undefined;
}

/** Most publications with a date of their own for those who had registered before. */
export const MAX_COHORTS = 10_000;
/** Most events that are looked through for whom they may concern. */
export const MAX_TOUCHING = 5_000;
/** Most people that one page looks at to find those asked for: it bounds the work of a rare filter. */
export const MAX_LOOKED_AT = 5_000;

/** As known at a prefix. */
export interface SubjectRow {
  /** Ordinal of the registration. */
  readonly n: number;
  readonly id: string;
  readonly organisation: string;
  readonly anonymous: boolean;
  /** What cohort dates compare. */
  readonly registeredAt: Instant;
  /** The account that an anonymous person turned out to be. */
  readonly linkedTo: string | undefined;
  /** Of a request that was neither declined nor carried out. */
  readonly erasureRequestedAt: Instant | undefined;
  /** The erasure was decided, and not declined after it. */
  readonly erasureDecidedAt: Instant | undefined;
  /** Nothing but the outcome may follow in the stream (rule E1). */
  readonly erasureStartedAt: Instant | undefined;
  readonly erasedAt: Instant | undefined;
  /** The hold that was placed last, unless it was lifted; it ends by itself at `until`. */
  readonly hold: Hold | undefined;
  /** Until when that hold lasts, if it has an end of its own, which may have passed: see {@link heldUntil}. */
  readonly restrictedUntil: Instant | undefined;
}

export interface Hold {
  readonly placedAt: Instant;
  readonly until: Instant | undefined;
}

/** Until when a hold still lasts at an instant; undefined: there is none, or it has no end of its own, or it is over. */
export function heldUntil({ restrictedUntil }: Pick<SubjectRow, 'restrictedUntil'>, at: Instant): Instant | undefined {
  return restrictedUntil !== undefined && restrictedUntil > at ? restrictedUntil : undefined;
}

export interface Touched {
  /** Whose own streams went on. */
  readonly subjects: ReadonlySet<string>;
  /** Of which something else went on: a policy, say. */
  readonly organisations: ReadonlySet<string>;
}

export interface SubjectsRange {
  /** Whose people: those an organisation registered, or those whose customer it is at the instant. */
  readonly of: { readonly organisation: string } | { readonly customer: string };
  /** Only people in this category. */
  readonly category?: string;
  /** `next` of the page before. */
  readonly after?: number;
  readonly limit: number;
}

export interface SubjectsPage {
  readonly rows: readonly SubjectRow[];
  /** Where to go on; undefined: there are no more. A page may be short, or empty, and there are more yet. */
  readonly next: number | undefined;
}

export interface ErasuresRange {
  /** `n` of the last row seen. */
  readonly after?: number;
  readonly limit: number;
}

export interface ErasuresPage {
  readonly rows: readonly ErasureDue[];
  readonly hasMore: boolean;
}

export interface ErasureDue {
  /** Ordinal of the event by which it became due. */
  readonly n: number;
  readonly subject: string;
  readonly organisation: string;
  readonly started: boolean;
  readonly hold: Hold | undefined;
}
