import type { PolicyEvent } from '../../src/domain/policy/policy.events';
import { evolvePolicy, noPolicy, type PolicyState } from '../../src/domain/policy/policy.state';
import type { PolicyFacts } from '../../src/domain/policy/policy-facts';
import { policyFactsOfFold } from '../../src/domain/policy/policy-facts-of-fold';
import type { PersonFacts } from '../../src/domain/subject/person-facts';
import { foldPerson, type PlacedSubjectEvent } from '../../src/domain/subject/person-fold';
import type { SubjectEvent } from '../../src/domain/subject/subject.events';
import type { TimeZone } from '../../src/domain/time';
import { organisationRegistered } from '../read-models/support/sample-facts';
import { type ToldEvent, ToldLog } from './told-log';
import { type ToldPerson, tellBothDecide, tellLink, tellPerson, tellPersonStep } from './told-people';
import { tellPolicy, tellPolicyStep } from './told-policies';

/** A random history of two organisations, one of them the other's customer, in the order of one log. */
export interface PeopleHistory {
  readonly events: readonly ToldEvent[];
  readonly organisations: readonly string[];
  readonly policies: readonly string[];
  /** Accounts and anonymous persons. */
  readonly subjects: readonly string[];
}

/** At most so many days pass between two steps. */
const MAX_PAUSE_DAYS = 8;

/**
 * Texts and people over some months: versions scheduled, with cohort dates, withdrawn with and without voiding what
 * was decided, retired, imported, renewed; people told live, late and by import, corrected, classified, linked and
 * erased. Only what the deciders allow is told. The same for the same source of numbers.
 */
export function peopleHistory(random: () => number, steps: number): PeopleHistory {
  const log = new ToldLog(random);
  const [processor, customer] = [log.nextId(), log.nextId()];
  tellOrganisations(log, processor, customer);
  const policies = [
    tellPolicy(log, processor, 'PRIVACY_NOTICE'),
    tellPolicy(log, processor, 'TERMS'),
    tellPolicy(log, customer, 'PRIVACY_NOTICE'),
  ];
  for (const policy of policies) tellPolicyStep(log, policy);
  const ids = { organisationId: processor, customer: { id: customer, customerOf: processor } };
  const people: ToldPerson[] = [tellPerson(log, ids, false), tellPerson(log, ids, true)];
  for (let step = 0; step < steps; step += 1) {
    if (log.chance(0.6)) log.pass(log.below(MAX_PAUSE_DAYS));
    const roll = log.below(40);
    if (roll < 10) tellPolicyStep(log, log.pick(policies));
    else if (roll === 10 && people.length < 5) people.push(tellPerson(log, ids, log.chance(0.4)));
    else if (roll === 11) tellLink(log, people);
    else if (roll < 14) tellBothDecide(log, people, policies);
    else tellPersonStep(log, log.pick(people), policies);
  }
  return {
    events: log.events,
    organisations: [processor, customer],
    policies: policies.map(({ policyId }) => policyId),
    subjects: people.map(({ subjectId }) => subjectId),
  };
}

function tellOrganisations(log: ToldLog, processor: string, customer: string): void {
  const at = { registeredAt: log.now };
  const zones: readonly TimeZone[] = ['Europe/Oslo', 'UTC', 'America/New_York'];
  const first = organisationRegistered(processor, { ...at, slug: 'processor', timeZone: log.pick(zones) });
  const second = { ...at, slug: 'customer', timeZone: log.pick(zones), customerOf: processor };
  log.record(`organisation-${processor}`, [first], log.now);
  log.record(`organisation-${customer}`, [organisationRegistered(customer, second)], log.now);
}

/** What is known at a place in the log, by folding: the oracle of every other answer. */
export interface Knowledge {
  person(subjectId: string): PersonFacts | undefined;
  policy(policyId: string): PolicyFacts | undefined;
}

export function knownAt({ events }: Pick<PeopleHistory, 'events'>, n: number): Knowledge {
  const known = events.slice(0, n);
  const policies = new Map<string, PolicyFacts | undefined>();
  const people = new Map<string, PersonFacts | undefined>();
  const person = (id: string) => remembered(people, id, () => personKnown(known, id));
  return { person, policy: (id) => remembered(policies, id, () => policyKnown(known, id)) };
}

function remembered<Facts>(answers: Map<string, Facts>, id: string, ask: () => Facts): Facts {
  const answer = answers.get(id) ?? ask();
  answers.set(id, answer);
  return answer;
}

function personKnown(known: readonly ToldEvent[], id: string): PersonFacts | undefined {
  const linked = known.flatMap(({ event }) =>
    event.type === 'SubjectLinked' && event.data.accountId === id ? [event.data.subjectId] : [],
  );
  const anonymous = linked.flatMap((each) => foldPerson(streamOf(known, each)) ?? []);
  return foldPerson(streamOf(known, id), undefined, anonymous);
}

function streamOf(known: readonly ToldEvent[], subjectId: string): readonly PlacedSubjectEvent[] {
  const own = known.filter(({ stream }) => stream === `subject-${subjectId}`);
  return own.map(({ event }, index) => ({ version: index + 1, event: event as SubjectEvent }));
}

function policyKnown(known: readonly ToldEvent[], policyId: string): PolicyFacts | undefined {
  const own = known.filter(({ stream }) => stream === `policy-${policyId}`).map(({ event }) => event as PolicyEvent);
  const state = own.reduce<PolicyState>(evolvePolicy, noPolicy);
  if (state.status === 'absent') return undefined;
  return policyFactsOfFold(state);
}
