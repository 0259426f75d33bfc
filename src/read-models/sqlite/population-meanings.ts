import type Database from 'better-sqlite3';
import { population } from '../../../projections/population';
import { NOTHING_TOLD, type PersonState, stateOfText } from '../../../projections/population/person-state';
import type { PolicyFacts } from '../../domain/policy/policy-facts';
import { concerns } from '../../domain/subject/concerns';
import type { PersonFacts } from '../../domain/subject/person-facts';
import type { Profile } from '../../domain/subject/subject.events';
import { epochMsOf, type Instant, instantAt, laterOf } from '../../domain/time';
import { keptEntry } from '../kept-entry';
import { placeAfter } from '../place-after';
import { dividedStates, ROW } from '../population-divided-states';
import { LONG_AGO, personOfGroup, type StateNames } from '../population-group';
import { type Meaning, meaningsOfSegment } from '../population-parts';
import type { Moment } from '../read-models';
import type { Group } from './population-groups';
import { RunningCounts } from './population-running-counts';
import { settledStates } from './settled-states';
import { tableName } from './table-names';

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
  /** Reads the states of groups of a scope, of which it knows so many already. @returns true when it knows all */
  prepare(groups: readonly Group[]): boolean;
  /** Whether a policy concerns the people of a segment at an instant. */
  isConcerned(segment: number, policy: PolicyFacts, at: Instant): boolean;
  /** @param groups of the policy */
  at(policy: PolicyFacts, at: Moment, groups: readonly Group[]): IntervalMeanings;
}

/** What the groups of one policy mean between two instants at which the clock may change it. */
export interface IntervalMeanings {
  /** Everything that a group means. */
  readonly meanings: readonly Meaning[];
  /** Of groups of one segment that mean the same; more are added at the end. */
  readonly classes: readonly GroupClass[];
  /** The class of a group of the scope, in {@link classes}. */
  classOf(slot: number): number;
  /** How many people there are of each class, as known by now. */
  readonly running: RunningCounts;
  /** The place in {@link meanings} of a segment's people who have no facts on the policy, or what else a class has. */
  placeOfNobody(segment: number): number;
}

export interface GroupClass {
  readonly segment: number;
  /**
   * In {@link IntervalMeanings.meanings}; {@link UNKNOWN} where versions were withdrawn or given other roots so that it
   * may matter what its people did before.
   */
  readonly place: number;
}

/** Of whom a policy does not concern. */
export const NOT_CONCERNED = -1;
export const UNKNOWN = -2;
const NOT_ASKED = -1;

const MAX_POLICIES = 256;
const MAX_INTERVALS = 64;
/** Most numbers kept of what groups mean and how many there are of each class, of all policies; 4 bytes each. */
const MAX_HELD = 48_000_000;
const MAX_NAMES = 100_000;
/** Most numbers kept of states, of all policies; more only where one policy alone has more. */
const MAX_HELD_OF_STATES = 16_000_000;
/** States read and taken apart before others get their turn. */
const STATES_PER_TURN = 500;

export function populationMeanings(database: Database.Database): PopulationMeanings {
  const table = (name: string) => tableName(population, name);
  const naming = (from: string, column: string) => {
    const find = database.prepare<[number], string>(`SELECT ${column} FROM ${table(from)} WHERE number = ?`).pluck();
    return (number: number) => {
      const name = find.get(number);
      if (name === undefined) throw new Error('A table holds a number that nothing has.');
      return name;
    };
  };
  const names: StateNames = {
    version: keptFor(naming('versions', 'version')),
    purpose: keptFor(naming('purposes', 'purpose')),
  };
  const stateText = naming('states', 'state');
  const organisationId = keptFor(naming('organisations', 'organisation'));
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
  const policies = new Map<string, Map<number, IntervalMeanings>>();

  const noStates = () => dividedStates((number) => (number === 0 ? NOTHING_TOLD : stateOfText(stateText(number))));
  let prepared = new WeakMap<readonly Group[], number>();
  let statesNow = noStates();
  const settledAt = settledStates(database, names);

  /** Someone the people of a segment are to the rules when they stand in a state. */
  function personOf(number: number, policy: PolicyFacts, state: PersonState): PersonFacts {
    const { organisation, era, customerEra, number: _, ...profile } = segment(number);
    const since = organisation === policy.organisationId ? era : customerEra;
    return personOfGroup(
      {
        policyId: policy.policyId,
        organisationId: organisation,
        registeredAt: since === 0 ? LONG_AGO : instantAt(since),
        profile,
        state,
      },
      names,
    );
  }

  let held = 0;
  function hold(count: number): void {
    held += count;
    if (held <= MAX_HELD) return;
    policies.clear();
    held = count;
  }

  /** Meanings that somebody still asks keep the states that they were worked out of. */
  function letGoOfStates(): void {
    statesNow = noStates();
    prepared = new WeakMap();
    policies.clear();
    held = 0;
  }

  return {
    segment,
    prepare: (groups) => {
      if (!prepared.has(groups) && statesNow.held > MAX_HELD_OF_STATES) letGoOfStates();
      const from = prepared.get(groups) ?? 0;
      const until = Math.min(from + STATES_PER_TURN, groups.length);
      for (let slot = from; slot < until; slot += 1) statesNow.rowOf(groups[slot]?.state ?? 0);
      prepared.set(groups, until);
      return until === groups.length;
    },
    segmentsOfCustomer: (organisation) => ofCustomer.all(organisation),
    organisation: (id) => organisationNumber.get(id),
    policy: (id) => policyNumber.get(id),
    eraOf: (organisation, registeredAt) => {
      const era = eraBefore.get(organisationNumber.get(organisation) ?? 0, epochMsOf(registeredAt));
      return era == null ? LONG_AGO : instantAt(era);
    },
    isConcerned: (number, policy, at) => concerns(personOf(number, policy, NOTHING_TOLD), policy, at),
    at: (policy, moment, groups) => {
      const { known, instants } = instantsOf(policyNumber.get(policy.policyId) ?? 0, moment.n);
      const intervals = keptEntry(policies, `${policy.policyId} ${known}`, MAX_POLICIES, () => new Map());
      const place = placeAfter(instants, epochMsOf(moment.effectiveAt));
      return keptEntry(intervals, place, MAX_INTERVALS, () => {
        const from = instants[place - 1] ?? Number.NEGATIVE_INFINITY;
        const until = instants[place] ?? Number.POSITIVE_INFINITY;
        return intervalMeanings(policy, moment, groups, { from, until });
      });
    },
  };

  function intervalMeanings(
    policy: PolicyFacts,
    at: Moment,
    groups: readonly Group[],
    { from, until }: { readonly from: number; readonly until: number },
  ): IntervalMeanings {
    let known = new Int32Array(0);
    const states = statesNow;
    const meanings: Meaning[] = [];
    const classes: GroupClass[] = [];
    const settledOf = settledAt(policy, at);
    const classAt = (segment: number, place: number) => classes.push({ segment, place }) - 1;
    const inSegment = keptFor((number: number) => {
      const personIn = (state: PersonState) => personOf(number, policy, state);
      const { registeredAt } = personIn(NOTHING_TOLD);
      // The first question may have been of an instant before anybody of the segment was there.
      const instant = laterOf(at.effectiveAt, registeredAt);
      const noted = (meaning: Meaning) => classAt(number, meanings.push(meaning) - 1);
      const classOfState = meaningsOfSegment(policy, instant, names, states, personIn, noted);
      const [notConcerned, unknown] = [classAt(number, NOT_CONCERNED), classAt(number, UNKNOWN)];
      return { classOfState, isSettled: settledOf(registeredAt), notConcerned, unknown };
    });

    function classIn(segment: number, state: number): number {
      const { classOfState, isSettled, notConcerned, unknown } = inSegment(segment);
      if (!classOfState) return notConcerned;
      const begin = states.rowOf(state);
      const { rows } = states;
      const versions = states.versions[rows[begin + ROW.versions] ?? 0] ?? [];
      return isSettled(rows[begin + ROW.settled] ?? 0, versions) ? classOfState(state) : unknown;
    }

    function classOf(slot: number): number {
      const one = known[slot] ?? NOT_ASKED;
      if (one !== NOT_ASKED) return one;
      if (slot >= known.length) {
        hold(groups.length - known.length);
        known = widened(known, groups.length);
      }
      const { segment, state } = groups[slot] ?? { segment: 0, state: 0 };
      const made = classIn(segment, state);
      known[slot] = made;
      return made;
    }

    const running = new RunningCounts(from, until, classOf, hold);
    const placeOfNobody = keptFor((segment) => classes[classIn(segment, 0)]?.place ?? UNKNOWN);
    return { meanings, classes, classOf, running, placeOfNobody };
  }
}

function widened(classes: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const wide = new Int32Array(length).fill(NOT_ASKED);
  wide.set(classes);
  return wide;
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
    return keptEntry(kept, `${policy} ${known}`, MAX_POLICIES, () => ({ known, instants: all.all(policy, known) }));
  };
}

/** Names never change. */
function keptFor<Name>(find: (number: number) => Name): (number: number) => Name {
  const kept = new Map<number, Name>();
  return (number) => keptEntry(kept, number, MAX_NAMES, () => find(number));
}
