import { setImmediate as nextTurn } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import type { PolicyFacts } from '../../domain/policy/policy-facts';
import { obligations } from '../../domain/subject/obligations';
import type { ConsentDecision, PersonFacts } from '../../domain/subject/person-facts';
import type { Profile } from '../../domain/subject/subject.events';
import { epochMsOf, type Instant } from '../../domain/time';
import type { PeopleQueries } from '../people';
import type { PopulationAsked, PopulationTables } from '../population';
import type { LookedFor } from '../population-filter';
import { LONG_AGO } from '../population-group';
import type { Meaning } from '../population-parts';
import { PopulationTally } from '../population-tally';
import type { Moment } from '../read-models';
import type { Group } from './population-groups';
import {
  type IntervalMeanings,
  NOT_CONCERNED,
  type PopulationMeanings,
  populationMeanings,
  UNKNOWN,
} from './population-meanings';
import { type PopulationSizes, populationSizes, type SizedGroups } from './population-sizes';
import type { TablesState } from './remembered-answers';

/** People looked at before others get their turn. */
const PEOPLE_PER_TURN = 100;
/** Groups whose meaning is looked up before others get their turn. */
const GROUPS_PER_TURN = 20_000;

/** Counts from the tables of groups: what the rules say of each group times how many people are in it (rule Q1). */
export function populationQueries(
  database: Database.Database,
  state: TablesState,
  people: Pick<PeopleQueries, 'personFacts'>,
): PopulationTables {
  const make = () => ({ sizes: populationSizes(database, state), meanings: populationMeanings(database) });
  let parts = make();
  let applied = 0;

  /** What they remember holds as long as the tables go on. */
  function current(): Parts {
    const { n } = state();
    if (n < applied) parts = make();
    applied = n;
    return parts;
  }

  return {
    populationCounts: async (asked, at) => {
      const parts = current();
      const { sizes, meanings } = parts;
      const { policy } = asked;
      const t = epochMsOf(at.effectiveAt);
      const everybody = await everybodyOf(parts, policy.organisationId, at);
      const { meaning, told } = await classesAt(parts, policy, at);
      const isAsked = askedSegments(meanings, asked);
      const found = countByMeaning(told, meaning, isAsked);
      if (!found) return undefined;
      const { counts, withFacts } = found;
      for (const [{ segment }, size] of sized(everybody)) {
        const without = size - (withFacts[segment] ?? 0);
        const place = without !== 0 && isAsked(segment) ? meaning.placeOfNobody(segment) : NOT_CONCERNED;
        if (place >= 0) counts[place] = (counts[place] ?? 0) + without;
      }
      const tally = new PopulationTally();
      const ambiguous = new Set<number>();
      for (const [place, { standing, overdueFrom, graceMs }] of meaning.meanings.entries()) {
        const size = counts[place] ?? 0;
        if (size === 0) continue;
        tally.add(standing, size);
        if (overdueFrom === undefined || overdueFrom > t) continue;
        tally.addInBreach(size);
        if (graceMs > 0) ambiguous.add(place);
      }
      if (ambiguous.size > 0) {
        const groups: [Group, Meaning][] = [];
        for (const [group, place] of groupsAndMeanings(meaning, await toldOf(parts, policy, at), everybody)) {
          const meant = ambiguous.has(place) ? meaning.meanings[place] : undefined;
          if (meant && isAsked(group.segment)) groups.push([group, meant]);
        }
        tally.addInBreach(-(await stillInTime(groups, { sizes, meanings }, people, asked, at)));
      }
      return tally.counts();
    },
    populationOfAny: async (asked, at) => {
      const parts = current();
      const [first] = asked.policies;
      if (!first) return 0;
      const isAsked = askedSegments(parts.meanings, asked);
      let count = 0;
      for (const [{ segment }, size] of sized(await everybodyOf(parts, first.organisationId, at))) {
        const isConcerned = (policy: PolicyFacts) => parts.meanings.isConcerned(segment, policy, at.effectiveAt);
        if (isAsked(segment) && asked.policies.some(isConcerned)) count += size;
      }
      return count;
    },
    peopleWhoMay: async (asked, at) => {
      const parts = current();
      const { policy, consent, notice, accepted, inBreach, after = 0 } = asked;
      const isFiltered = consent !== undefined || accepted !== undefined || inBreach !== undefined;
      // A state has let go of what was told of older versions.
      if (notice?.versionId !== undefined || !(isFiltered || notice)) return undefined;
      const t = epochMsOf(at.effectiveAt);
      const told = await toldOf(parts, policy, at);
      const everybody = await everybodyOf(parts, policy.organisationId, at);
      const meaning = await meaningOf(parts, policy, at, told.groups);
      const isAsked = askedSegments(parts.meanings, asked);
      const may: Group[] = [];
      for (const [group, place] of groupsAndMeanings(meaning, told, everybody)) {
        const meant = meaning.meanings[place];
        const isWanted = place === UNKNOWN || (meant !== undefined && mayStandSo(meant, asked, t));
        if (isWanted && isAsked(group.segment)) may.push(group);
      }
      return parts.sizes.comers(may, t, at.n, after);
    },
  };
}

interface ClassesAt {
  readonly meaning: IntervalMeanings;
  /** How many people with facts on the policy there are, by class. */
  readonly told: Int32Array;
}

async function classesAt(parts: Parts, policy: PolicyFacts, at: Moment): Promise<ClassesAt> {
  const number = parts.meanings.policy(policy.policyId);
  const groups = number === undefined ? [] : parts.sizes.groupsOf(number);
  const moves = number === undefined ? undefined : await parts.sizes.movesOf(number);
  const meaning = await meaningOf(parts, policy, at, groups);
  // Others may ask meanwhile, and more be known then than is asked here.
  while (moves && at.n >= moves.known) {
    const isAll = meaning.running.follow(moves, groups.length);
    if (isAll) return { meaning, told: meaning.running.at(epochMsOf(at.effectiveAt), moves) };
    await nextTurn();
  }
  const { sizes } = await toldOf(parts, policy, at);
  const told = new Map<number, number>();
  for (let slot = 0; slot < sizes.length; slot += 1) {
    const size = sizes[slot] ?? 0;
    if (size === 0) continue;
    const place = meaning.classOf(slot);
    told.set(place, (told.get(place) ?? 0) + size);
    if (slot % GROUPS_PER_TURN === GROUPS_PER_TURN - 1) await nextTurn();
  }
  return { meaning, told: Int32Array.from(meaning.classes, (_, place) => told.get(place) ?? 0) };
}

/** What the groups of a policy mean, once their states were read. */
async function meaningOf(
  { meanings }: Parts,
  policy: PolicyFacts,
  at: Moment,
  groups: readonly Group[],
): Promise<IntervalMeanings> {
  while (!meanings.prepare(groups)) await nextTurn();
  return meanings.at(policy, at, groups);
}

/**
 * How many people with facts there are of each meaning, and how many of each segment. Undefined where the meaning of
 * some cannot be told.
 */
function countByMeaning(
  told: Int32Array,
  { classes, meanings }: IntervalMeanings,
  isAsked: (segment: number) => boolean,
): { readonly counts: number[]; readonly withFacts: readonly number[] } | undefined {
  const counts = meanings.map(() => 0);
  const withFacts: number[] = [];
  for (const [number, { segment, place }] of classes.entries()) {
    const size = told[number] ?? 0;
    if (size === 0) continue;
    withFacts[segment] = (withFacts[segment] ?? 0) + size;
    if (place === NOT_CONCERNED || !isAsked(segment)) continue;
    if (place === UNKNOWN) return undefined;
    counts[place] = (counts[place] ?? 0) + size;
  }
  return { counts, withFacts };
}

/** Every group that has people, of those with facts on the policy and of the others, and what it means. */
function* groupsAndMeanings(
  meaning: IntervalMeanings,
  told: SizedGroups,
  everybody: readonly SizedGroups[],
): Generator<readonly [Group, number]> {
  const withFacts: number[] = [];
  for (const [slot, size] of told.sizes.entries()) {
    const group = told.groups[slot];
    if (size === 0 || !group) continue;
    withFacts[group.segment] = (withFacts[group.segment] ?? 0) + size;
    yield [group, meaning.classes[meaning.classOf(slot)]?.place ?? UNKNOWN];
  }
  for (const [group, size] of sized(everybody)) {
    if (size !== (withFacts[group.segment] ?? 0)) yield [group, meaning.placeOfNobody(group.segment)];
  }
}

/** Whether the people of a group, or some of them, may stand as asked for. */
function mayStandSo(
  { standing, overdueFrom, graceMs }: Meaning,
  { consent, notice, accepted, inBreach }: LookedFor,
  t: number,
): boolean {
  const isOverdue = overdueFrom !== undefined && overdueFrom <= t;
  if (inBreach === true && !isOverdue) return false;
  if (inBreach === false && isOverdue && graceMs === 0) return false;
  if (accepted !== undefined && (standing.accepted !== undefined) !== accepted) return false;
  if (notice && standing.notice && !notice.steps.includes(standing.notice.step)) return false;
  if (!consent) return true;
  const state = standing.consents.find(({ purpose }) => purpose === consent.purpose);
  if (!state) return false;
  const { status = state.status, valid = state.valid } = consent;
  return state.status === status && state.valid === valid;
}

interface Parts {
  readonly sizes: PopulationSizes;
  readonly meanings: PopulationMeanings;
}

const NOBODY: SizedGroups = { groups: [], sizes: new Int32Array(0) };

/** The people who have facts on a policy. */
async function toldOf({ sizes, meanings }: Parts, { policyId }: PolicyFacts, at: Moment): Promise<SizedGroups> {
  const number = meanings.policy(policyId);
  return number === undefined ? NOBODY : sizes.sizesAt(number, epochMsOf(at.effectiveAt), at.n);
}

/** Everybody whom an organisation registered, or somebody whose customer it ever was. */
async function everybodyOf({ sizes, meanings }: Parts, id: string, at: Moment): Promise<readonly SizedGroups[]> {
  const organisation = meanings.organisation(id);
  if (organisation === undefined) return [];
  const others = meanings
    .segmentsOfCustomer(organisation)
    .flatMap((number) => meanings.organisation(meanings.segment(number).organisation) ?? []);
  const all: SizedGroups[] = [];
  for (const of of new Set([organisation, ...others])) {
    all.push(await sizes.sizesAt(-of, epochMsOf(at.effectiveAt), at.n));
  }
  return all;
}

function* sized(all: readonly SizedGroups[]): Generator<readonly [Group, number]> {
  for (const { groups, sizes } of all) {
    for (const [slot, size] of sizes.entries()) {
      const group = groups[slot];
      if (size !== 0 && group) yield [group, size];
    }
  }
}

function askedSegments(
  meanings: PopulationMeanings,
  asked: Pick<PopulationAsked, 'customer' | 'category'>,
): (segment: number) => boolean {
  if (asked.customer === undefined && asked.category === undefined) return () => true;
  const known: boolean[] = [];
  return (segment) => {
    known[segment] ??= isAskedFor(meanings.segment(segment), asked);
    return known[segment];
  };
}

function isAskedFor(
  { customerId, categories }: Profile,
  { customer, category }: Omit<PopulationAsked, 'policy'>,
): boolean {
  return (
    (customer === undefined || customerId === customer) && (category === undefined || categories.includes(category))
  );
}

/**
 * Of groups whose people are overdue but for who came to owe it within the days of grace: those are looked at one by
 * one (rule O2).
 */
async function stillInTime(
  ambiguous: readonly (readonly [Group, Meaning])[],
  { sizes, meanings }: Parts,
  people: Pick<PeopleQueries, 'personFacts'>,
  asked: PopulationAsked,
  { effectiveAt, n }: Moment,
): Promise<number> {
  const { policy } = asked;
  const t = epochMsOf(effectiveAt);
  const newcomers = new Set(ambiguous.flatMap(([group, { graceMs }]) => sizes.passersBy(group, t - graceMs, t, n)));
  let inTime = 0;
  let looked = 0;
  for (const id of newcomers) {
    const person = people.personFacts(id, { n });
    const profile = person?.profileAt(effectiveAt);
    if (!person || !profile || !isAskedFor(profile, asked)) continue;
    const isBlocked = (of: PersonFacts) => obligations(of, [policy], effectiveAt).blocked;
    const since = meanings.eraOf(policy.organisationId, person.registeredAt);
    if (isBlocked(ofOld(person, since, effectiveAt)) && !isBlocked(person)) inTime += 1;
    looked += 1;
    if (looked % PEOPLE_PER_TURN === 0) await nextTurn();
  }
  return inTime;
}

/** The same person had they registered, and had what is expired of theirs expired, long ago. */
function ofOld(person: PersonFacts, registeredAt: Instant, at: Instant): PersonFacts {
  const longAgo = (decision: ConsentDecision): ConsentDecision =>
    decision.kind === 'GIVEN' && decision.expiresAt !== undefined && decision.expiresAt <= at
      ? { ...decision, expiresAt: LONG_AGO }
      : decision;
  return {
    ...person,
    registeredAt,
    decisions: (...asked) => [...person.decisions(...asked)].map(longAgo),
    linked: person.linked.map((each) => ofOld(each, registeredAt, at)),
  };
}
