import { organisationRegistered } from '../read-models/support/sample-facts';
import type { PeopleHistory } from './person-stories';
import { ToldLog } from './told-log';
import { type ToldPerson, tellBothDecide, tellLink, tellPerson, tellPersonStep } from './told-people';
import { type ToldPolicy, tellPolicy, tellPolicyStep } from './told-policies';

/** Most days between two things that happen, of so many for each person. */
const MAX_PAUSE_DAYS = 3;
const STEPS_EACH = 5;
/** Steps between two that are about a text. */
const BETWEEN_TEXTS = 40;

/** The same as a history of a few people, of a crowd: most things happen to somebody, now and then something to a text. */
export function crowdHistory(random: () => number, count: number): PeopleHistory {
  const log = new ToldLog(random);
  const [processor, customer] = [log.nextId(), log.nextId()];
  const at = { registeredAt: log.now, timeZone: 'Europe/Oslo' };
  log.record(`organisation-${processor}`, [organisationRegistered(processor, { ...at, slug: 'processor' })], log.now);
  const second = organisationRegistered(customer, { ...at, slug: 'customer', customerOf: processor });
  log.record(`organisation-${customer}`, [second], log.now);
  const policies = [tellPolicy(log, processor, 'PRIVACY_NOTICE'), tellPolicy(log, customer, 'TERMS')];
  for (const policy of policies) tellPolicyStep(log, policy);
  const home = { organisationId: processor, customer: { id: customer, customerOf: processor } };
  const people: ToldPerson[] = [];
  const steps = count * (1 + STEPS_EACH);
  for (let step = 0; step < steps; step += 1) {
    if (log.chance(Math.min(0.5, 200 / steps))) log.pass(log.below(MAX_PAUSE_DAYS));
    if (step % BETWEEN_TEXTS === 0) tellPolicyStep(log, log.pick(policies));
    else if (people.length * steps < step * count || people.length < 2)
      people.push(tellPerson(log, home, log.chance(0.2)));
    else if (log.chance(0.04)) tellOfVisitors(log, people.slice(-20), policies);
    else tellPersonStep(log, log.pick(people), policies);
  }
  return {
    events: log.events,
    organisations: [processor, customer],
    policies: policies.map(({ policyId }) => policyId),
    subjects: people.map(({ subjectId }) => subjectId),
  };
}

function tellOfVisitors(log: ToldLog, people: readonly ToldPerson[], policies: readonly ToldPolicy[]): void {
  if (log.chance(0.5)) tellLink(log, people);
  else tellBothDecide(log, people, policies);
}
