import { type Asked, askedOf, firstDateOf, obligationsOf, type ThingToDo } from '../domain/subject/obligations';
import type { PersonFacts } from '../domain/subject/person-facts';
import type { Instant } from '../domain/time';
import { keptEntry } from './kept-entry';
import type { PeopleQueries } from './people';
import { likenessOf } from './person-likeness';
import type { ObligationNotice } from './person-notices';
import { type KnownPerson, type NoticeQueries, type ThingsToDo, withoutReasons } from './person-standing';
import { placeAfter } from './place-after';
import type { PolicyChange } from './policy-changes';
import type { Moment, ReadModels } from './read-models';

/** Persons of whom the same is asked and who have done the same about it, whenever they registered. */
export interface Alike {
  readonly number: number;
  /** Whose policies may concern them. */
  readonly organisations: readonly string[];
}

/** How those who are alike, and of the same cohort, stand at a moment. */
export interface AlikeThen {
  /** What one of them must do. */
  thingsOf(registeredAt: Instant, at: Instant): ThingsToDo;
  /** Whether they have done what they are no longer asked for. */
  hasSettled(gone: ThingToDo, look: () => boolean): boolean;
  readonly steps: { readonly event: AlikeStep; readonly clock: AlikeStep };
}

/** What a step to such a moment tells. */
export interface AlikeStep {
  /** Of those changes that concern them. */
  changes(find: () => readonly PolicyChange[]): readonly PolicyChange[];
  /** Of what they must do. Undefined: each of them is told something of their own. */
  told(
    before: ThingsToDo,
    after: ThingsToDo,
    find: () => readonly ToldAlike[] | undefined,
  ): readonly ToldAlike[] | undefined;
}

/** What is told to all who are alike, who differ by their id alone. */
export type ToldAlike =
  | { readonly about: 'policy'; readonly change: PolicyChange }
  | { readonly about: 'obligation'; readonly notice: ObligationNotice };

export interface AlikePersons {
  /** Whom a person is like, and from when; undefined: nobody. */
  thoseLike(person: PersonFacts, n: number): { readonly alike: Alike; readonly from: Instant } | undefined;
  /** The very same object for those who must do the same. */
  same(things: ThingsToDo): ThingsToDo;
  /** How those stand whom the person is like; undefined: the person has to be looked at alone. */
  standing(subjectId: string, person: KnownPerson, moment: Moment): AlikeThen | undefined;
}

type AlikeQueries = NoticeQueries &
  Pick<PeopleQueries, 'cohortBounds' | 'profileChangedFrom'> &
  Pick<ReadModels, 'applied'>;

/** Most kinds of person, of what they must do, and of moments of theirs, that are known at a time. */
const MAX_KINDS = 5_000;
const MAX_LISTS = 5_000;
const MAX_MOMENTS = 1_000;
/** Most that is kept of one such moment. */
const MAX_LISTS_THEN = 256;
const MAX_SETTLED = 64;

/**
 * Finds what people are asked, and told, once for all who are alike. With thousands of open connections a publication
 * would else be weighed against the facts of each of them, of whom most have done the same.
 */
export function createAlikePersons(queries: AlikeQueries): AlikePersons {
  const kinds = new Map<string, Alike>();
  const moments = new Map<string, AlikeThen>();
  const lists = new Map<string, ThingsToDo>();
  const cohortOf = cohorts(queries);
  let number = 0;
  const same = (things: ThingsToDo) => keptEntry(lists, JSON.stringify(things), MAX_LISTS, () => things);

  function asked(subjectId: string, moment: Moment): Asked {
    const prefix = queries.prefixAtOrdinal(moment.n);
    const person = prefix && queries.personFacts(subjectId, prefix);
    if (!person) throw new Error('A person lost their registration.');
    const policies = queries.policiesThatMayConcern(subjectId, moment);
    const facts = policies.flatMap((id) => queries.policyFacts(id, prefix) ?? []);
    return askedOf(person, facts, moment.effectiveAt);
  }

  return {
    same,
    thoseLike: (person, n) => {
      const found = likenessOf(person, queries.profileChangedFrom(person.subjectId, { n }) ?? person.registeredAt);
      if (!found) return undefined;
      const { customerId } = person.profileAt(found.from);
      const organisations = customerId === undefined ? [person.organisationId] : [person.organisationId, customerId];
      const alike = keptEntry(kinds, found.key, MAX_KINDS, () => {
        number += 1;
        return { number, organisations };
      });
      return { alike, from: found.from };
    },
    standing: (subjectId, { alike, alikeFrom, registeredAt }, moment) => {
      const { n, effectiveAt } = moment;
      if (!alike || alikeFrom > effectiveAt) return undefined;
      const name = `${alike.number} ${n} ${effectiveAt} ${cohortOf(alike.organisations, registeredAt)}`;
      return keptEntry(moments, name, MAX_MOMENTS, () => createAlikeThen(asked(subjectId, moment), same));
    },
  };
}

function createAlikeThen(asked: Asked, same: AlikePersons['same']): AlikeThen {
  const lists = new Map<string, ThingsToDo>();
  const settled = new Map<string, boolean>();
  let first: { readonly date: Instant | undefined } | undefined;
  return {
    thingsOf: (registeredAt, at) => {
      first ??= { date: firstDateOf(asked, registeredAt) };
      // Whoever had registered by then is asked from the same date on.
      const { date } = first;
      const name = date === undefined || registeredAt <= date ? '' : registeredAt;
      return keptEntry(lists, name, MAX_LISTS_THEN, () => {
        return same(withoutReasons(obligationsOf(asked, registeredAt, at)));
      });
    },
    hasSettled: ({ kind, versionId, blocking, purposes }, look) =>
      keptEntry(settled, [kind, versionId, blocking, ...purposes].join(' '), MAX_SETTLED, look),
    steps: { event: createAlikeStep(), clock: createAlikeStep() },
  };
}

function createAlikeStep(): AlikeStep {
  const told = new WeakMap<ThingsToDo, WeakMap<ThingsToDo, { readonly items: readonly ToldAlike[] | undefined }>>();
  let changes: readonly PolicyChange[] | undefined;
  return {
    changes: (find) => {
      changes ??= find();
      return changes;
    },
    told: (before, after, find) => {
      const from = told.get(before) ?? new WeakMap();
      told.set(before, from);
      const known = from.get(after) ?? { items: find() };
      from.set(after, known);
      return known.items;
    },
  };
}

/** Which versions have another date for a person because they had registered before (rule V1). */
function cohorts({ cohortBounds, applied }: AlikeQueries) {
  let head = applied();
  let known = new WeakMap<readonly string[], { readonly bounds: readonly Instant[] | undefined }>();
  return (organisations: readonly string[], registeredAt: Instant): string => {
    const now = applied();
    if (now.n !== head.n || now.position !== head.position) [head, known] = [now, new WeakMap()];
    const found = known.get(organisations) ?? { bounds: cohortBounds(organisations, now) };
    known.set(organisations, found);
    return found.bounds ? (found.bounds[placeAfter(found.bounds, registeredAt) - 1] ?? '') : registeredAt;
  };
}
