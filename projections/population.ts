import { numbersOf } from './numbers';
import { personEvent } from './population/people-rows';
import { FACT_TYPES } from './population/person-facts';
import { policyEvent } from './population/policy-rows';
import { type EventOf, type Projection, projectionOf, type RowChange, type View } from './projection';

const POLICY_TYPES = [
  'PolicyCreated',
  'PolicyVersionPublished',
  'PolicyVersionImported',
  'PolicyVersionImportRevoked',
  'PolicyVersionWithdrawn',
  'PolicyRetired',
  'PolicyRetirementImported',
  'PolicyRetirementImportRevoked',
] as const;

const PERSON_TYPES = [
  ...FACT_TYPES,
  'SubjectRegistered',
  'SubjectClassified',
  'SubjectLinked',
  'SubjectErased',
  'FactCorrected',
] as const;

export type PolicyEventOfPopulation = EventOf<(typeof POLICY_TYPES)[number]>;
export type PersonEventOfPopulation = EventOf<(typeof PERSON_TYPES)[number]>;

/**
 * How many people stand alike, at any instant on both axes (rule Q1). People are alike towards a policy who are the same
 * to its organisations (a segment) and whose facts the rules cannot tell apart (a state); such a group has a number.
 * A fact moves one person from group to group; which version is in force, and so what a group's people are asked and
 * have agreed to, is applied when somebody asks, so that a publication changes no row of a person.
 *
 * Groups of the scope `-organisation` are segments alone: everybody whom an organisation registered. Who has no facts on
 * a policy is there and in no group of the policy's scope. Instants are in milliseconds.
 */
export const population: Projection = projectionOf({
  name: 'population',
  version: 6,
  categories: ['policy', 'subject'],
  eventTypes: [...POLICY_TYPES, ...PERSON_TYPES],
  tables: {
    organisations: numbersOf('organisation'),
    policies: numbersOf('policy'),
    versions: numbersOf('version'),
    purposes: numbersOf('purpose'),
    owners: { columns: { policy: 'integer', organisation: 'integer' }, key: ['policy'] },
    // Instants at which what is in force may be another, or what is said of it: as known from an event on.
    instants: { columns: { policy: 'integer', n: 'integer', at: 'integer' }, key: ['policy', 'n', 'at'] },
    // Publications with a cohort date: when they were made.
    cohorts: { columns: { organisation: 'integer', published_at: 'integer' }, key: ['organisation', 'published_at'] },
    // What was recorded with each version, in numbers; and the versions of a policy in the order of effect.
    lore: {
      columns: {
        number: 'integer',
        effective_from: 'integer',
        n: 'integer',
        notice: 'integer',
        acceptance: 'integer',
        consent: 'text',
        twin: 'integer',
        preceding: 'integer',
      },
      key: ['number'],
      fixed: true,
    },
    lines: {
      columns: {
        policy: 'integer',
        effective_from: 'integer',
        n: 'integer',
        version: 'integer',
        withdrawn_n: 'integer?',
      },
      key: ['policy', 'effective_from', 'n'],
      indexes: { by_version: { columns: ['version'], whileBuilding: true } },
    },
    // Events that gave recorded versions other roots, or may have.
    reroots: { columns: { policy: 'integer', n: 'integer' }, key: ['policy', 'n'] },
    // The latest registration of anybody who ever was an organisation's or its customer's.
    newest: { columns: { organisation: 'integer', registered_at: 'integer' }, key: ['organisation'] },
    segments: {
      columns: {
        number: 'integer',
        organisation: 'integer',
        customer: 'integer',
        exempt: 'integer',
        era: 'integer',
        customer_era: 'integer',
        categories: 'text',
      },
      key: ['number'],
      fixed: true,
      indexes: {
        by_name: {
          columns: ['organisation', 'customer', 'exempt', 'era', 'customer_era', 'categories'],
          whileBuilding: true,
        },
        by_customer: { columns: ['customer'] },
      },
    },
    states: numbersOf('state'),
    groups: {
      columns: { number: 'integer', scope: 'integer', segment: 'integer', state: 'integer' },
      key: ['number'],
      fixed: true,
      indexes: { by_name: { columns: ['scope', 'segment', 'state'], whileBuilding: true } },
    },
    people: {
      columns: {
        number: 'integer',
        id: 'text',
        registered_at: 'integer',
        // As registered, and as of the last profile known.
        first_segment: 'integer',
        segment: 'integer',
        since: 'integer',
        erased_at: 'integer?',
        account: 'integer?',
        linked: 'integer',
      },
      key: ['number'],
      indexes: { by_id: { columns: ['id'], whileBuilding: true } },
    },
    links: {
      columns: { anonymous: 'integer', account: 'integer' },
      key: ['anonymous'],
      indexes: { by_account: { columns: ['account'], whileBuilding: true } },
    },
    // Of each person and policy that facts are about; 0: of their profile. In which group they stand from the last fact
    // on, which yeses are still to expire, and which fact was told last.
    standings: {
      columns: {
        person: 'integer',
        policy: 'integer',
        since: 'integer',
        grouped: 'integer',
        pending: 'text',
        told: 'integer',
      },
      key: ['person', 'policy'],
      kept: 20_000,
    },
    // As they stand by now: only corrections change them (rule D6). In the order of the log, as rows that are written
    // among others cost more; each names the one before it on the same policy; 0: none.
    facts: { columns: { n: 'integer', before: 'integer', fact: 'text' }, key: ['n'], gathered: true },
    // From a group to another from an instant on, as known from an event on; group 0 is outside. What happened as it
    // was told is `live`; the others are late ones, and those to come by an expiry.
    moves: {
      columns: {
        scope: 'integer',
        k: 'integer',
        person: 'integer',
        place: 'integer',
        t: 'integer',
        leaves: 'integer',
        enters: 'integer',
        live: 'integer',
      },
      key: ['scope', 'k', 'person', 'place'],
      gathered: true,
      indexes: { by_left: { columns: ['leaves', 't'] }, by_entered: { columns: ['enters', 't'] } },
    },
  },
  apply,
});

function apply(
  event: PolicyEventOfPopulation | PersonEventOfPopulation,
  n: number,
  view: View,
  version: number,
): readonly RowChange[] {
  return isOfPolicy(event) ? policyEvent(event, n, view) : personEvent(event, n, view, version);
}

function isOfPolicy(event: PolicyEventOfPopulation | PersonEventOfPopulation): event is PolicyEventOfPopulation {
  return (POLICY_TYPES as readonly string[]).includes(event.type);
}
