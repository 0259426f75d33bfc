import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PolicyFacts } from '../domain/policy/policy-facts';
import { concerns } from '../domain/subject/concerns';
import type { ConsentStatus } from '../domain/subject/consent-state';
import type { NoticeStep } from '../domain/subject/notice-state';
import { obligations } from '../domain/subject/obligations';
import type { PersonFacts } from '../domain/subject/person-facts';
import type { Instant } from '../domain/time';
import { MAX_LOOKED_AT, type PeopleQueries, type SubjectsRange } from './people';
import { isLookedFor, type LookedFor } from './population-filter';
import { standingOf } from './population-standing';
import { PopulationTally } from './population-tally';
import type { Moment, Prefix } from './read-models';

/** How the people whom a policy concerns stand at one moment. */
export interface PopulationCounts {
  readonly subjects: number;
  readonly notices: readonly { readonly versionId: string; readonly step: NoticeStep; readonly subjects: number }[];
  readonly acceptances: readonly { readonly versionId: string; readonly subjects: number }[];
  readonly consents: readonly {
    readonly purpose: string;
    readonly status: ConsentStatus;
    readonly subjects: number;
    readonly valid: number;
  }[];
  /** People with a blocking obligation of this policy that is overdue. */
  readonly inBreach: number;
}

export interface PopulationAsked {
  readonly policy: PolicyFacts;
  /** Only people who belong to this customer at the instant. */
  readonly customer?: string;
  readonly category?: string;
}

/** What tables of how many people stand alike answer (rule Q1). */
export interface PopulationTables {
  /**
   * How the people whom a policy concerns stand; the same as by looking at each of them. Undefined where the tables
   * cannot tell: for people who went on from versions that were withdrawn, or given other roots, after them.
   */
  populationCounts(asked: PopulationAsked, at: Moment): Promise<PopulationCounts | undefined>;
  /** How many people any of the policies concerns; each counts once. */
  populationOfAny(asked: OrganisationAsked, at: Moment): Promise<number>;
  /**
   * Ordinals of the registrations, after one of them, of all people who stand as asked for and of others; sorted.
   * Undefined where they are too many to name, or the tables cannot tell.
   */
  peopleWhoMay(asked: PeopleAsked, at: Moment): Promise<readonly PersonPlace[] | undefined>;
}

export interface PersonPlace {
  readonly id: string;
  /** Ordinal of the registration. */
  readonly n: number;
}

export type PopulationQueries = Pick<PeopleQueries, 'subjectsPage' | 'peopleFacts'> & PopulationTables;

export interface PeopleAsked extends PopulationAsked, LookedFor {
  /** `next` of the page before. */
  readonly after?: number;
  readonly limit: number;
}

export interface PopulationPage {
  /** In order of registration. */
  readonly people: readonly PersonFacts[];
  /** Where to go on; undefined: there are no more. A page may be short, or empty, and there are more yet. */
  readonly next: number | undefined;
}

export interface OrganisationAsked extends Omit<PopulationAsked, 'policy'> {
  /** Of one organisation. */
  readonly policies: readonly PolicyFacts[];
}

export interface OrganisationPeopleAsked extends OrganisationAsked, Pick<PeopleAsked, 'inBreach' | 'after' | 'limit'> {}

/** How the people whom any policy of an organisation concerns stand; each counts once. */
export type OrganisationCounts = Pick<PopulationCounts, 'subjects' | 'inBreach'>;

/** People looked at before others get their turn. */
const PEOPLE_PER_TURN = 100;

/**
 * Counts the people whom the policy concerns at the moment (rule O1). Erased people stand in the counts of dates before
 * their erasure; an account and the anonymous persons it turned out to be count once (rule D7).
 */
export async function countPopulation(
  queries: PopulationQueries,
  asked: PopulationAsked,
  at: Moment,
  prefix: Prefix,
): Promise<PopulationCounts> {
  const counts = await queries.populationCounts(asked, { effectiveAt: at.effectiveAt, n: prefix.n });
  return counts ?? countOneByOne(queries, asked, at, prefix);
}

/** The same by looking at each of them: what the tables of groups are held against. */
export async function countOneByOne(
  queries: Pick<PopulationQueries, 'subjectsPage' | 'peopleFacts'>,
  asked: PopulationAsked,
  at: Moment,
  prefix: Prefix,
): Promise<PopulationCounts> {
  const tally = new PopulationTally();
  for await (const person of populationOf(queries, asked, at, prefix)) {
    tally.add(standingOf(person, asked.policy, at.effectiveAt), 1);
    if (obligations(person, [asked.policy], at.effectiveAt).blocked) tally.addInBreach(1);
  }
  return tally.counts();
}

/** The same at several instants, as known at one prefix. */
export async function countsAlong(
  queries: PopulationQueries,
  asked: PopulationAsked,
  instants: readonly Instant[],
  prefix: Prefix,
): Promise<readonly PopulationCounts[]> {
  const counts: PopulationCounts[] = [];
  for (const effectiveAt of instants) {
    counts.push(await countPopulation(queries, asked, { effectiveAt, n: prefix.n }, prefix));
  }
  return counts;
}

/**
 * Of all the policies together: a person whom several concern is one. Where people are in breach of more than one of
 * them everybody is looked at, as tables know each policy by itself.
 */
export async function countOrganisation(
  queries: PopulationQueries,
  asked: OrganisationAsked,
  at: Moment,
  prefix: Prefix,
): Promise<OrganisationCounts> {
  const { policies, ...filter } = asked;
  const moment = { effectiveAt: at.effectiveAt, n: prefix.n };
  const breaches: number[] = [];
  for (const policy of policies) {
    const { inBreach } = await countPopulation(queries, { policy, ...filter }, at, prefix);
    if (inBreach > 0) breaches.push(inBreach);
  }
  const [only = 0, ...others] = breaches;
  if (others.length > 0) return countOrganisationOneByOne(queries, asked, at, prefix);
  return { subjects: await queries.populationOfAny(asked, moment), inBreach: only };
}

export async function countOrganisationOneByOne(
  queries: PopulationQueries,
  { policies, ...filter }: OrganisationAsked,
  at: Moment,
  prefix: Prefix,
): Promise<OrganisationCounts> {
  const counts = { subjects: 0, inBreach: 0 };
  for (let after: number | undefined, first = true; first || after !== undefined; first = false) {
    const range = { limit: MAX_LOOKED_AT, ...(after !== undefined && { after }) };
    const page = await organisationPeoplePage(queries, { policies, ...filter, ...range }, at, prefix);
    counts.subjects += page.people.length;
    counts.inBreach += page.people.filter((person) => obligations(person, policies, at.effectiveAt).blocked).length;
    after = page.next;
  }
  return counts;
}

/**
 * Those of the people whom the policy concerns at the moment who stand as asked for. Pages of one moment hold each once
 * and leave none out, whatever is written between them. A page looks at {@link MAX_LOOKED_AT} people at most.
 */
export async function peoplePage(
  queries: PopulationQueries,
  { policy, ...asked }: PeopleAsked,
  at: Moment,
  prefix: Prefix,
): Promise<PopulationPage> {
  const { effectiveAt } = at;
  const isWanted = (person: PersonFacts) =>
    concerns(person, policy, effectiveAt) && isLookedFor(person, policy, asked, effectiveAt);
  const few = await queries.peopleWhoMay({ policy, ...asked }, { effectiveAt, n: prefix.n });
  return few
    ? pageOfFew(queries, few, asked, isWanted, at, prefix)
    : pageOf(queries, policy.organisationId, asked, isWanted, at, prefix);
}

/** Of the few who come into question, each is looked at. */
async function pageOfFew(
  queries: PopulationQueries,
  few: readonly PersonPlace[],
  { customer, category, limit }: Omit<PeopleAsked, 'policy'>,
  isWanted: (person: PersonFacts) => boolean,
  at: Moment,
  prefix: Prefix,
): Promise<PopulationPage> {
  const people: PersonFacts[] = [];
  let seen = 0;
  const atOnce = Math.min(limit + 1, PEOPLE_PER_TURN);
  for (let from = 0; from < few.length; from += atOnce) {
    const registrations = few.slice(from, from + atOnce).map(({ n }) => n);
    const facts = queries.peopleFacts(registrations, prefix);
    for (const n of registrations) {
      const person = facts.get(n);
      const isTheirs = person && (category === undefined || isIn(person, category, at));
      if (isTheirs && isOfCustomer(person, customer, at) && isWanted(person)) {
        if (people.length >= limit) return { people, next: seen };
        people.push(person);
      }
      seen = n;
    }
    await nextTurn();
  }
  return { people, next: undefined };
}

function isIn(person: PersonFacts, category: string, { effectiveAt }: Moment): boolean {
  return person.profileAt(effectiveAt).categories.includes(category);
}

/** The same of those whom any of the policies concerns. */
export async function organisationPeoplePage(
  queries: PopulationQueries,
  { policies, ...asked }: OrganisationPeopleAsked,
  at: Moment,
  prefix: Prefix,
): Promise<PopulationPage> {
  const [first] = policies;
  if (!first) return { people: [], next: undefined };
  const { effectiveAt } = at;
  const isWanted = (person: PersonFacts) =>
    policies.some((policy) => concerns(person, policy, effectiveAt)) &&
    (asked.inBreach === undefined || obligations(person, policies, effectiveAt).blocked === asked.inBreach);
  return pageOf(queries, first.organisationId, asked, isWanted, at, prefix);
}

async function pageOf(
  queries: PopulationQueries,
  organisationId: string,
  { customer, category, after = 0, limit }: Omit<PopulationAsked, 'policy'> & Pick<PeopleAsked, 'after' | 'limit'>,
  isWanted: (person: PersonFacts) => boolean,
  at: Moment,
  prefix: Prefix,
): Promise<PopulationPage> {
  const people: PersonFacts[] = [];
  const atOnce = Math.min(limit + 1, PEOPLE_PER_TURN);
  let seen = after;
  for (let looked = 0; looked < MAX_LOOKED_AT; looked += atOnce) {
    const filter = { after: seen, limit: atOnce, ...(category !== undefined && { category }) };
    const turn = nextPeople(queries, organisationId, filter, at);
    const facts = queries.peopleFacts(turn.registrations, prefix);
    for (const n of turn.registrations) {
      const person = facts.get(n);
      if (person && isOfCustomer(person, customer, at) && isWanted(person)) {
        if (people.length >= limit) return { people, next: seen };
        people.push(person);
      }
      seen = n;
    }
    if (turn.next === undefined) return { people, next: undefined };
    seen = turn.next;
    await nextTurn();
  }
  return { people, next: seen };
}

/** Registrations of people of the organisation and of those whose customer it is, in one order. */
function nextPeople(
  queries: PopulationQueries,
  organisationId: string,
  filter: Omit<SubjectsRange, 'of'>,
  at: Moment,
): { readonly registrations: readonly number[]; readonly next: number | undefined } {
  const ranges: SubjectsRange['of'][] = [{ organisation: organisationId }, { customer: organisationId }];
  const pages = ranges.map((of) => queries.subjectsPage({ of, ...filter }, at));
  const ends = pages.flatMap(({ next }) => next ?? []);
  const end = ends.length === 0 ? undefined : Math.min(...ends);
  const found = pages.flatMap(({ rows }) => rows.map(({ n }) => n)).filter((n) => end === undefined || n <= end);
  return { registrations: [...new Set(found)].sort((a, b) => a - b), next: end };
}

/** The people whom the policy concerns at the moment, each once. */
export async function* populationOf(
  queries: Pick<PopulationQueries, 'subjectsPage' | 'peopleFacts'>,
  { policy, customer, category }: PopulationAsked,
  at: Moment,
  prefix: Prefix,
): AsyncGenerator<PersonFacts> {
  const { organisationId } = policy;
  const ranges: SubjectsRange['of'][] = [{ organisation: organisationId }, { customer: organisationId }];
  const seen = new Set<string>();
  for (const of of ranges) {
    let after: number | undefined;
    do {
      const filter = { of, limit: PEOPLE_PER_TURN, ...(category !== undefined && { category }) };
      const page = queries.subjectsPage({ ...filter, ...(after !== undefined && { after }) }, at);
      const facts = queries.peopleFacts(
        page.rows.map(({ n }) => n),
        prefix,
      );
      for (const { id, n } of page.rows) {
        const person = seen.has(id) ? undefined : facts.get(n);
        seen.add(id);
        if (person && isCounted(person, policy, customer, at)) yield person;
      }
      after = page.next;
      await nextTurn();
    } while (after !== undefined);
  }
}

function isCounted(person: PersonFacts, policy: PolicyFacts, customer: string | undefined, at: Moment): boolean {
  return isOfCustomer(person, customer, at) && concerns(person, policy, at.effectiveAt);
}

function isOfCustomer(person: PersonFacts, customer: string | undefined, { effectiveAt }: Moment): boolean {
  return customer === undefined || person.profileAt(effectiveAt).customerId === customer;
}
