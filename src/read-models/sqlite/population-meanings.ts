import type Database from 'better-sqlite3';
import { population } from '../../../projections/population';
import { NOTHING_TOLD, stateOfText } from '../../../projections/population/person-state';
import type { PolicyFacts } from '../../domain/policy/policy-facts';
import { concerns } from '../../domain/subject/concerns';
import { obligations } from '../../domain/subject/obligations';
import type { PersonFacts } from '../../domain/subject/person-facts';
import type { Profile } from '../../domain/subject/subject.events';
import { epochMsOf, type Instant, instantAt } from '../../domain/time';
import { LONG_AGO, personOfGroup, type StateNames } from '../population-group';
import { type Standing, standingOf } from '../population-standing';
import type { Moment } from '../read-models';
import type { Group } from './population-sizes';
import { settledStates } from './settled-states';
import { tableName } from './table-names';

/** How the people of a group stand towards a policy, by the versions in force. */
export interface Meaning {
  readonly standing: Standing;
  /** From when those are in breach who have had all the time there is; undefined: nothing they owe is blocking. */
  readonly overdueFrom: number | undefined;
  /**
   * Who registered, or whose yes expired, no longer ago than this may have more time yet (rule O2); 0: nobody has, in
   * milliseconds.
   */
  readonly graceMs: number;
}

export interface SegmentRow extends Profile {
  readonly number: number;
  readonly organisation: string;
  readonly customerId?: string;
  readonly era: number;
  readonly customerEra: number;
}

export interface PopulationMeanings {
  segment(number: number): SegmentRow;
  /** Segments of people whose customer an organisation is. */
  segmentsOfCustomer(organisation: number): readonly number[];
  organisation(id: string): number | undefined;
  policy(id: string): number | undefined;
  /** The last publication with a cohort date before a registration: who registered then has the same dates. */
  eraOf(organisation: string, registeredAt: Instant): Instant;
  /** Someone the people of a group are to the rules. */
  person(group: Pick<Group, 'segment' | 'state'>, policy: PolicyFacts): PersonFacts;
  /**
   * Meanings at an instant; undefined for a group that the policy does not concern, 'unknown' where versions were
   * withdrawn or given other roots so that it may matter what a group's people did before.
   */
  at(policy: PolicyFacts, at: Moment): (group: Group) => Meaning | 'unknown' | undefined;
  /** How many were worked out so far, which takes its time; the others were known. */
  madeSoFar(): number;
}

/** What is known of one policy between two instants at which the clock may change it. */
interface Interval {
  /** By the number of the group. */
  readonly meanings: Map<number, Meaning | 'unknown' | undefined>;
  /** Groups of which the same counts are one object, by its text. */
  readonly standings: Map<string, Standing>;
}

const MAX_POLICIES = 256;
const MAX_INTERVALS = 64;
/** Most meanings kept, of all policies. */
const MAX_MEANINGS = 500_000;
const MAX_NAMES = 100_000;
const DAY_MS = 86_400_000;
/** A day's end, and a day more for zones and changes of the clock. */
const DEADLINE_SLACK_MS = 2 * DAY_MS;

export function populationMeanings(database: Database.Database): PopulationMeanings {
  const table = (name: string) => tableName(population, name);
  const naming = (from: string, column: string) => {
    const find = database.prepare<[number], string>(`SELECT ${column} FROM ${table(from)} WHERE number = ?`).pluck();
    return keptFor((number: number) => {
      const name = find.get(number);
      if (name === undefined) throw new Error('A table holds a number that nothing has.');
      return name;
    });
  };
  const names: StateNames = { version: naming('versions', 'version'), purpose: naming('purposes', 'purpose') };
  const stateText = naming('states', 'state');
  const organisationId = naming('organisations', 'organisation');
  const segmentRow = database.prepare<[number], StoredSegment>(`SELECT * FROM ${table('segments')} WHERE number = ?`);
  const segment = keptFor((number: number): SegmentRow => {
    const row = segmentRow.get(number);
    if (!row) throw new Error('A group is of a segment that there is not.');
    return {
      number,
      organisation: organisationId(row.organisation),
      ...(row.customer !== 0 && { customerId: organisationId(row.customer) }),
      categories: JSON.parse(row.categories) as readonly string[],
      exempt: row.exempt === 1,
      era: row.era,
      customerEra: row.customer_era,
    };
  });
  const numberOf = (from: string, column: string) =>
    database.prepare<[string], number>(`SELECT number FROM ${table(from)} WHERE ${column} = ?`).pluck();
  const organisationNumber = numberOf('organisations', 'organisation');
  const policyNumber = numberOf('policies', 'policy');
  const ofCustomer = database
    .prepare<[number], number>(`SELECT number FROM ${table('segments')} WHERE customer = ? ORDER BY number`)
    .pluck();
  const eraBefore = database
    .prepare<[number, number], number | null>(
      `SELECT max(published_at) FROM ${table('cohorts')} WHERE organisation = ? AND published_at <= ?`,
    )
    .pluck();
  const instantsOf = instantsOver(database);
  const policies = new Map<string, Map<number, Interval>>();

  const stateOf = keptFor((number: number) => (number === 0 ? NOTHING_TOLD : stateOfText(stateText(number))));
  const isSettled = settledStates(database, names);

  function person(group: Pick<Group, 'segment' | 'state'>, policy: PolicyFacts): PersonFacts {
    const { organisation, era, customerEra, number: _, ...profile } = segment(group.segment);
    const since = organisation === policy.organisationId ? era : customerEra;
    return personOfGroup(
      {
        policyId: policy.policyId,
        organisationId: organisation,
        registeredAt: since === 0 ? LONG_AGO : instantAt(since),
        profile,
        state: stateOf(group.state),
      },
      names,
    );
  }

  let made = 0;
  return {
    segment,
    madeSoFar: () => made,
    segmentsOfCustomer: (organisation) => ofCustomer.all(organisation),
    organisation: (id) => organisationNumber.get(id),
    policy: (id) => policyNumber.get(id),
    eraOf: (organisation, registeredAt) => {
      const era = eraBefore.get(organisationNumber.get(organisation) ?? 0, epochMsOf(registeredAt));
      return era == null ? LONG_AGO : instantAt(era);
    },
    person,
    at: (policy, { effectiveAt, n }) => {
      const { known, instants } = instantsOf(policyNumber.get(policy.policyId) ?? 0, n);
      const intervals = entryIn(policies, `${policy.policyId} ${known}`, () => new Map(), MAX_POLICIES);
      const place = placeIn(instants, epochMsOf(effectiveAt));
      const interval = entryIn(intervals, place, newInterval, MAX_INTERVALS);
      return (group) => {
        const { number } = group;
        const meant = interval.meanings.get(number);
        if (meant !== undefined || interval.meanings.has(number)) return meant;
        made += 1;
        if (made % MAX_MEANINGS === 0) policies.clear();
        const someone = person(group, policy);
        const meaning = meaningOf(someone, policy, effectiveAt);
        if (meaning && !isSettled(stateOf(group.state), someone, policy, { effectiveAt, n })) {
          interval.meanings.set(number, 'unknown');
          return 'unknown';
        }
        const told = meaning && { ...meaning, standing: oneOf(interval.standings, meaning.standing) };
        interval.meanings.set(number, told);
        return told;
      };
    },
  };
}

function newInterval(): Interval {
  return { meanings: new Map(), standings: new Map() };
}

function oneOf(standings: Map<string, Standing>, standing: Standing): Standing {
  return entryIn(standings, JSON.stringify(standing), () => standing, MAX_NAMES);
}

/**
 * The deadline of each thing that is owed is the earliest there is. Where it is past and there were days of grace, who
 * came to owe it within those days has a later one.
 */
function meaningOf(person: PersonFacts, policy: PolicyFacts, at: Instant): Meaning | undefined {
  if (!concerns(person, policy, at)) return undefined;
  const standing = standingOf(person, policy, at);
  const { items } = obligations(person, [policy], at);
  const owed = items
    .filter(({ blocking, upcoming }) => blocking && !upcoming)
    .map(({ deadline, rootVersionId }) => ({
      deadline: epochMsOf(deadline),
      days: policy.version(rootVersionId)?.change.graceDays ?? 0,
    }));
  if (owed.length === 0) return { standing, overdueFrom: undefined, graceMs: 0 };
  // What has no days of grace is overdue at once, whenever it began to be owed.
  const days = owed.some((each) => each.days === 0) ? 0 : Math.max(...owed.map((each) => each.days));
  return {
    standing,
    overdueFrom: Math.min(...owed.map(({ deadline }) => deadline)),
    graceMs: days === 0 ? 0 : days * DAY_MS + DEADLINE_SLACK_MS,
  };
}

interface StoredSegment {
  readonly organisation: number;
  readonly customer: number;
  readonly exempt: number;
  readonly era: number;
  readonly customer_era: number;
  readonly categories: string;
}

/** The instants at which the clock may change anything of a policy, as known after `n` events, and since which event. */
function instantsOver(database: Database.Database) {
  const table = tableName(population, 'instants');
  const lastKnown = database
    .prepare<[number, number], number | null>(`SELECT max(n) FROM ${table} WHERE policy = ? AND n <= ?`)
    .pluck();
  const all = database
    .prepare<[number, number], number>(`SELECT DISTINCT at FROM ${table} WHERE policy = ? AND n <= ? ORDER BY at`)
    .pluck();
  const kept = new Map<string, { readonly known: number; readonly instants: readonly number[] }>();
  return (policy: number, n: number) => {
    const known = lastKnown.get(policy, n) ?? 0;
    return entryIn(kept, `${policy} ${known}`, () => ({ known, instants: all.all(policy, known) }), MAX_POLICIES);
  };
}

function placeIn(instants: readonly number[], at: number): number {
  let low = 0;
  let high = instants.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((instants[middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function entryIn<Key, Entry>(entries: Map<Key, Entry>, key: Key, make: () => Entry, most: number): Entry {
  const known = entries.get(key);
  if (known !== undefined) return known;
  if (entries.size >= most) entries.clear();
  const entry = make();
  entries.set(key, entry);
  return entry;
}

/** Names never change. */
function keptFor<Name>(find: (number: number) => Name): (number: number) => Name {
  const kept = new Map<number, Name>();
  return (number) => entryIn(kept, number, () => find(number), MAX_NAMES);
}
