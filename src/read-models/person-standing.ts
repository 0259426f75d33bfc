import { type Obligations, obligations, type ThingToDo } from '../domain/subject/obligations';
import type { PersonFacts } from '../domain/subject/person-facts';
import type { Instant } from '../domain/time';
import type { Alike, AlikePersons } from './alike-persons';
import type { PeopleQueries } from './people';
import type { Moment, ReadModels } from './read-models';

export type NoticeQueries = Pick<ReadModels, 'prefixAtOrdinal'> &
  Pick<PeopleQueries, 'personFacts' | 'policyFacts' | 'policiesThatMayConcern'> & {
    /** What is found once for all who are alike; absent: everything is found for each by themselves. */
    readonly alikePersons?: AlikePersons;
  };

/** A person with what they must do, at one moment. */
export interface Standing {
  readonly subjectId: string;
  readonly moment: Moment;
  /** Undefined: nobody is registered by that id. */
  readonly person: KnownPerson | undefined;
  readonly obligations: ThingsToDo;
}

export interface ThingsToDo {
  readonly items: readonly ThingToDo[];
  /** The first instant after it at which the clock alone may change any of this; undefined: never. */
  readonly unchangedUntil: Instant | undefined;
}

/** As much of a person as decides where to look for what concerns them. */
export interface KnownPerson {
  readonly registeredAt: Instant;
  /** The account that this anonymous person is, once linked. */
  readonly linkedTo: string | undefined;
  /** Anonymous persons that are this account. */
  readonly linked: readonly string[];
  /** Whose policies may concern them: their own organisation's, and their customer's at the moment. */
  readonly organisations: readonly string[];
  /** Those they are alike with, until something of theirs is recorded; undefined: they are compared with nobody. */
  readonly alike: Alike | undefined;
  /** From this instant on; before it the clock alone may make a difference. */
  readonly alikeFrom: Instant;
}

const NOTHING: ThingsToDo = { items: [], unchangedUntil: undefined };
const NOBODY: readonly string[] = [];

export function standingAt(queries: NoticeQueries, subjectId: string, moment: Moment): Standing {
  const facts = factsAt(queries, subjectId, moment);
  if (!facts) return { subjectId, moment, person: undefined, obligations: NOTHING };
  const found = withoutReasons(obligationsAt(queries, subjectId, moment));
  const person = personOf(queries, facts, moment);
  return { subjectId, moment, person, obligations: queries.alikePersons?.same(found) ?? found };
}

/** What somebody must do, and why. */
export function obligationsAt(queries: NoticeQueries, subjectId: string, moment: Moment): Obligations {
  const prefix = queries.prefixAtOrdinal(moment.n);
  const facts = factsAt(queries, subjectId, moment);
  if (!prefix || !facts) return { ...NOTHING, items: [], blocked: false };
  const ids = queries.policiesThatMayConcern(subjectId, moment);
  return obligations(
    facts,
    ids.flatMap((id) => queries.policyFacts(id, prefix) ?? []),
    moment.effectiveAt,
  );
}

export function withoutReasons({ items, unchangedUntil }: Obligations): ThingsToDo {
  return { items: items.map(({ reason: _, ...thing }) => thing), unchangedUntil };
}

function factsAt(queries: NoticeQueries, subjectId: string, { n }: Moment): PersonFacts | undefined {
  const prefix = queries.prefixAtOrdinal(n);
  return prefix && queries.personFacts(subjectId, prefix);
}

/** The person as known at the moment of a standing, which may have gone on since that was found. */
export function personAt(queries: NoticeQueries, { subjectId, person, moment }: Standing): KnownPerson | undefined {
  if (!person || isSettled(person, moment.effectiveAt)) return person;
  const facts = factsAt(queries, subjectId, moment);
  return facts && personOf(queries, facts, moment);
}

/** Whether the clock alone changes nothing about the person any more. */
export function isSettled({ alike, alikeFrom }: KnownPerson, at: Instant): boolean {
  return alike !== undefined && alikeFrom <= at;
}

function personOf(queries: NoticeQueries, facts: PersonFacts, { n, effectiveAt }: Moment): KnownPerson {
  const { registeredAt, linkedTo, linked, organisationId } = facts;
  const found = queries.alikePersons?.thoseLike(facts, n);
  const { customerId } = facts.profileAt(effectiveAt);
  const isSame = found && found.from <= effectiveAt;
  return {
    registeredAt,
    linkedTo,
    linked: linked.length === 0 ? NOBODY : linked.map((each) => each.subjectId),
    organisations: isSame
      ? found.alike.organisations
      : customerId === undefined
        ? [organisationId]
        : [organisationId, customerId],
    alike: found?.alike,
    alikeFrom: found?.from ?? registeredAt,
  };
}

/** Whose facts are a person's: their own, and those of the anonymous persons that they are. */
export function subjectsOf({ subjectId, person }: Standing): readonly string[] {
  return person === undefined || person.linked.length === 0 ? [subjectId] : [subjectId, ...person.linked];
}
