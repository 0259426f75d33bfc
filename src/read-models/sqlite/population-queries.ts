import { setImmediate as nextTurn } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import type { PolicyFacts } from '../../domain/policy/policy-facts';
import { concerns } from '../../domain/subject/concerns';
import { obligations } from '../../domain/subject/obligations';
import type { ConsentDecision, PersonFacts } from '../../domain/subject/person-facts';
import type { Profile } from '../../domain/subject/subject.events';
import { epochMsOf, type Instant } from '../../domain/time';
import type { PeopleQueries } from '../people';
import type { PopulationAsked, PopulationTables } from '../population';
import type { LookedFor } from '../population-filter';
import { LONG_AGO } from '../population-group';
import type { Standing } from '../population-standing';
import { PopulationTally } from '../population-tally';
import type { Moment } from '../read-models';
import { type Meaning, type PopulationMeanings, populationMeanings } from './population-meanings';
import { type Group, type PopulationSizes, populationSizes } from './population-sizes';
import type { TablesState } from './remembered-answers';

/** People looked at before others get their turn. */
const PEOPLE_PER_TURN = 100;

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
      const { sizes, meanings } = current();
      const { policy } = asked;
      const number = meanings.policy(policy.policyId);
      const told = number === undefined ? [] : await sizes.sizesAt(number, epochMsOf(at.effectiveAt), at.n);
      const untold = await withoutFacts(told, { sizes, meanings }, asked, at);
      const groups = [...told, ...untold];
      const meaning = await meaningsInTurns(groups, meanings, asked, at);
      const tally = new PopulationTally();
      const ambiguous: [Group, Meaning][] = [];
      const t = epochMsOf(at.effectiveAt);
      const sums = new Map<Standing, number>();
      const isFiltered = asked.customer !== undefined || asked.category !== undefined;
      for (const [group, size] of groups) {
        if (isFiltered && !isAskedFor(meanings.segment(group.segment), asked)) continue;
        const meant = meaning(group);
        if (meant === 'unknown') return undefined;
        if (!meant) continue;
        sums.set(meant.standing, (sums.get(meant.standing) ?? 0) + size);
        if (meant.overdueFrom === undefined || meant.overdueFrom > t) continue;
        tally.addInBreach(size);
        if (meant.graceMs > 0) ambiguous.push([group, meant]);
      }
      for (const [standing, size] of sums) tally.add(standing, size);
      if (ambiguous.length > 0)
        tally.addInBreach(-(await stillInTime(ambiguous, { sizes, meanings }, people, asked, at)));
      return tally.counts();
    },
    populationOfAny: async (asked, at) => {
      const { sizes, meanings } = current();
      const [first] = asked.policies;
      if (!first) return 0;
      let count = 0;
      for (const [group, size] of await everybody(first.organisationId, { sizes, meanings }, at)) {
        if (!isAskedFor(meanings.segment(group.segment), asked)) continue;
        const isConcerned = (policy: PolicyFacts) => concerns(meanings.person(group, policy), policy, at.effectiveAt);
        if (asked.policies.some(isConcerned)) count += size;
      }
      return count;
    },
    peopleWhoMay: async (asked, at) => {
      const { sizes, meanings } = current();
      const { policy, consent, notice, accepted, inBreach, after = 0 } = asked;
      const isFiltered = consent !== undefined || accepted !== undefined || inBreach !== undefined;
      // A state has let go of what was told of older versions.
      if (notice?.versionId !== undefined || !(isFiltered || notice)) return undefined;
      const t = epochMsOf(at.effectiveAt);
      const number = meanings.policy(policy.policyId);
      const told = number === undefined ? [] : await sizes.sizesAt(number, t, at.n);
      const untold = await withoutFacts(told, { sizes, meanings }, asked, at);
      const groups = [...told, ...untold];
      const meaning = await meaningsInTurns(groups, meanings, asked, at);
      const may = groups.filter(([group]) => {
        const meant = isAskedFor(meanings.segment(group.segment), asked) ? meaning(group) : undefined;
        return meant !== undefined && (meant === 'unknown' || mayStandSo(meant, asked, t));
      });
      return sizes.comers(
        may.map(([group]) => group),
        t,
        at.n,
        after,
      );
    },
  };
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
  const state = consent && standing.consents.find(({ purpose }) => purpose === consent.purpose);
  if (!consent || !state) return true;
  const { status = state.status, valid = state.valid } = consent;
  return state.status === status && state.valid === valid;
}

interface Parts {
  readonly sizes: PopulationSizes;
  readonly meanings: PopulationMeanings;
}

type Sized = readonly [Group, number];

/** Works out what is not known yet, a few groups at a time, so that others get their turn. */
async function meaningsInTurns(
  groups: readonly Sized[],
  meanings: PopulationMeanings,
  { policy }: Pick<PopulationAsked, 'policy'>,
  at: Moment,
): Promise<ReturnType<PopulationMeanings['at']>> {
  const meaning = meanings.at(policy, at);
  let made = meanings.madeSoFar();
  for (const [group] of groups) {
    meaning(group);
    if (meanings.madeSoFar() - made < PEOPLE_PER_TURN) continue;
    await nextTurn();
    made = meanings.madeSoFar();
  }
  return meaning;
}

/** Of each segment that the policy may concern, the people who have no facts on it. */
async function withoutFacts(
  told: readonly Sized[],
  { sizes, meanings }: Parts,
  { policy }: PopulationAsked,
  { effectiveAt, n }: Moment,
): Promise<readonly Sized[]> {
  const withFacts = new Map<number, number>();
  for (const [{ segment }, size] of told) withFacts.set(segment, (withFacts.get(segment) ?? 0) + size);
  const all = await everybody(policy.organisationId, { sizes, meanings }, { effectiveAt, n });
  return all.flatMap(([group, size]): readonly Sized[] => {
    const rest = size - (withFacts.get(group.segment) ?? 0);
    return rest === 0 ? [] : [[group, rest]];
  });
}

/** Everybody whom an organisation registered, or somebody whose customer it ever was. */
async function everybody(
  organisationId: string,
  { sizes, meanings }: Parts,
  { effectiveAt, n }: Moment,
): Promise<readonly Sized[]> {
  const organisation = meanings.organisation(organisationId);
  if (organisation === undefined) return [];
  const others = meanings
    .segmentsOfCustomer(organisation)
    .flatMap((number) => meanings.organisation(meanings.segment(number).organisation) ?? []);
  const all: Sized[] = [];
  for (const of of new Set([organisation, ...others])) {
    all.push(...(await sizes.sizesAt(-of, epochMsOf(effectiveAt), n)));
  }
  return all;
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
