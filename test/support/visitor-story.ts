import { organisationRegistered } from '../read-models/support/sample-facts';
import type { PeopleHistory } from './person-stories';
import { ToldLog } from './told-log';
import { tellBothDecide, tellLink, tellPerson, tellPersonStep } from './told-people';
import { attempt, type ToldPolicy, tellPolicy, tellPolicyStep } from './told-policies';

const MAX_PAUSE_DAYS = 4;
/** Steps between two that are about the text. */
const BETWEEN_TEXTS = 16;
const STEPS_EACH = 8;

/** Accounts and as many visitors, who decide on one text that asks again and again, and turn out to be one another. */
export function visitorHistory(random: () => number, count: number): PeopleHistory {
  const log = new ToldLog(random);
  const [processor, customer] = [log.nextId(), log.nextId()];
  const at = { registeredAt: log.now, timeZone: 'Europe/Oslo' };
  log.record(`organisation-${processor}`, [organisationRegistered(processor, { ...at, slug: 'processor' })], log.now);
  const policies = [tellPolicy(log, processor, 'PRIVACY_NOTICE')];
  for (const policy of policies) publishAnew(log, policy);
  const home = { organisationId: processor, customer: { id: customer, customerOf: processor } };
  const pairs = Array.from({ length: count }, () => [tellPerson(log, home, false), tellPerson(log, home, true)]);
  for (let step = 0; step < count * STEPS_EACH; step += 1) {
    if (log.chance(0.3)) log.pass(log.below(MAX_PAUSE_DAYS));
    const roll = log.below(10);
    if (step % BETWEEN_TEXTS === 0) publishAnew(log, log.pick(policies));
    else if (roll === 0 && log.chance(0.1)) tellPolicyStep(log, log.pick(policies));
    else if (roll < 8) tellBothDecide(log, log.pick(pairs), policies);
    else tellPersonStep(log, log.pick(pairs.flat()), policies);
  }
  for (const pair of pairs) tellLink(log, pair);
  return {
    events: log.events,
    organisations: [processor],
    policies: policies.map(({ policyId }) => policyId),
    subjects: pairs.flat().map(({ subjectId }) => subjectId),
  };
}

/** Asks again for consent, or says the same in other words. */
function publishAnew(log: ToldLog, { story, policyId }: ToldPolicy): void {
  const before = story.events.length;
  const renews = log.chance(0.6) && story.policy.timeline.length > 0;
  const asks = renews ? ({ reasons: ['PURPOSE'], renewalPurposes: ['newsletter'] } as const) : {};
  attempt(() => story.publish(log.nextId(), log.now, { ...asks, blocking: log.chance(0.3) }));
  log.record(`policy-${policyId}`, story.events.slice(before), log.now);
}
