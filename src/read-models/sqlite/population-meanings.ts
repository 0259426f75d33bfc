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
import { LONG_AGO, personOfGroup, type StateNames } from '../population-group';
import { divider, type Meaning, meaningsOfSegment } from '../population-parts';
import type { Moment } from '../read-models';
import type { Group } from './population-groups';
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
  /** More than the number of any segment. */
  segments(): number;
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
  at(policy: PolicyFacts, at: Moment): IntervalMeanings;
  /** How many were worked out so far, which takes its time; the others were known. */
  madeSoFar(): number;
}

/** What the groups of one policy mean between two instants at which the clock may change it. */
export interface IntervalMeanings {
  /** Everything that a group means. */
  readonly meanings: readonly Meaning[];
  /**
   * Which of them each group of the scope means, by slot: {@link UNKNOWN} where versions were withdrawn or given other
   * roots so that it may matter what its people did before, {@link NOT_ASKED} before {@link placeOf} was.
   */
  places(slots: number): Int32Array;
  placeOf(group: Group, slot: number): number;
  /** The same of a segment's people who have no facts on the policy. */
  placeOfNobody(segment: number): number;
}

/** Of whom a policy does not concern. */
export const NOT_CONCERNED = -1;
export const UNKNOWN = -2;
export const NOT_ASKED = -3;

const MAX_POLICIES = 256;
const MAX_INTERVALS = 64;
/** Most meanings kept, of all policies. */
const MAX_MEANINGS = 500_000;
const MAX_NAMES = 100_000;
/** States read and taken apart before others get their turn. */
const STATES_PER_TURN = 500;

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
  const lastSegment = database.prepare<[], number | null>(`SELECT max(number) FROM ${table('segments')}`).pluck();
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

  const prepared = new WeakMap<readonly Group[], number>();
  const divide = divider();
  const stateOf = keptFor((number: number) => divide(number === 0 ? NOTHING_TOLD : stateOfText(stateText(number))));
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

  let made = 0;
  return {
    segment,
    prepare: (groups) => {
      const from = prepared.get(groups) ?? 0;
      const until = Math.min(from + STATES_PER_TURN, groups.length);
      for (const { state } of groups.slice(from, until)) stateOf(state);
      prepared.set(groups, until);
      return until === groups.length;
    },
    segments: () => (lastSegment.get() ?? 0) + 1,
    madeSoFar: () => made,
    segmentsOfCustomer: (organisation) => ofCustomer.all(organisation),
    organisation: (id) => organisationNumber.get(id),
    policy: (id) => policyNumber.get(id),
    eraOf: (organisation, registeredAt) => {
      const era = eraBefore.get(organisationNumber.get(organisation) ?? 0, epochMsOf(registeredAt));
      return era == null ? LONG_AGO : instantAt(era);
    },
    isConcerned: (number, policy, at) => concerns(personOf(number, policy, NOTHING_TOLD), policy, at),
    at: (policy, moment) => {
      const { known, instants } = instantsOf(policyNumber.get(policy.policyId) ?? 0, moment.n);
      const intervals = keptEntry(policies, `${policy.policyId} ${known}`, MAX_POLICIES, () => new Map());
      const place = placeAfter(instants, epochMsOf(moment.effectiveAt));
      return keptEntry(intervals, place, MAX_INTERVALS, () => intervalMeanings(policy, moment));
    },
  };

  function intervalMeanings(policy: PolicyFacts, at: Moment): IntervalMeanings {
    let known = new Int32Array(0);
    const meanings: Meaning[] = [];
    const places = new Map<Meaning, number>();
    const isSettled = settledAt(policy, at);
    const inSegment = keptFor((number: number) => {
      const personIn = (state: PersonState) => personOf(number, policy, state);
      const { registeredAt } = personIn(NOTHING_TOLD);
      // The first question may have been of an instant before anybody of the segment was there.
      const instant = laterOf(at.effectiveAt, registeredAt);
      return { registeredAt, meaningOf: meaningsOfSegment(policy, instant, names, personIn) };
    });

    function placeOf(segment: number, state: number): number {
      made += 1;
      if (made % MAX_MEANINGS === 0) policies.clear();
      const { meaningOf, registeredAt } = inSegment(segment);
      if (!meaningOf) return NOT_CONCERNED;
      const divided = stateOf(state);
      if (!isSettled(divided.whole, registeredAt)) return UNKNOWN;
      const meaning = meaningOf(divided);
      return keptEntry(places, meaning, Number.POSITIVE_INFINITY, () => meanings.push(meaning) - 1);
    }

    return {
      meanings,
      places: (slots) => {
        if (slots > known.length) known = widened(known, slots * 2);
        return known;
      },
      placeOf: ({ segment, state }, slot) => {
        const place = known[slot] ?? NOT_ASKED;
        if (place !== NOT_ASKED) return place;
        const worked = placeOf(segment, state);
        if (slot >= known.length) known = widened(known, slot * 2 + 64);
        known[slot] = worked;
        return worked;
      },
      placeOfNobody: keptFor((segment) => placeOf(segment, 0)),
    };
  }
}

function widened(places: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const wide = new Int32Array(length).fill(NOT_ASKED);
  wide.set(places);
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
