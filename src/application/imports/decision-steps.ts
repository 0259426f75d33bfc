import { canonicalJson } from '../../domain/canonical-json';
import type { SubjectCommand } from '../../domain/subject/subject.commands';
import type { DecisionMaker } from '../../domain/subject/subject.events';
import { purposesOutOfPlace } from '../../domain/subject/subject.refusals';
import { customersOf, type Subject } from '../../domain/subject/subject.state';
import type { Instant } from '../../domain/time';
import { commandIdOf } from '../command-ids';
import { channelMissing, type DecisionRow, methodMissing, policyUnknown } from './decision-rows';
import { type DecisionTargets, textNamed } from './decision-targets';

/** A row with everything that it names looked up. */
export interface DecisionStep {
  /** Of what the row tells, not of where it stands: told again, in whatever file, it is the same command (rule I3). */
  readonly commandId: string;
  command(person: Subject, at: Instant): SubjectCommand;
}

/**
 * What one row asks of a person. @param key the person's own (rule I2)
 * @throws Refusal what the row lacks, or names and is not there
 */
export async function decisionStep(
  targets: DecisionTargets,
  row: DecisionRow,
  subjectId: string,
  key: Uint8Array,
): Promise<DecisionStep> {
  const on = await targets.policy(row);
  const facts = factsOf(on.policy, row);
  const { policyId } = on.policy;
  const identified = { ...facts, ...('purposes' in facts && { purposes: [...facts.purposes].sort() }) };
  const text = canonicalJson(['decisionsImport', subjectId, policyId, identified]);
  return {
    commandId: commandIdOf(key, text),
    command: (person, at) => {
      const owners = [person.organisationId, ...customersOf(person)];
      if (!owners.includes(on.policy.organisationId)) throw policyUnknown();
      return { at, imported: true, ...on, ...facts };
    },
  };
}

type Policy = Awaited<ReturnType<DecisionTargets['policy']>>['policy'];

/** The row as the command it becomes, but for when and about whom. */
function factsOf(policy: Policy, row: DecisionRow) {
  const { fact, occurredAt, purposes = [], method, channel } = row;
  switch (fact) {
    case 'NOTICE_NOTIFIED':
    case 'NOTICE_SHOWN':
    case 'NOTICE_ACKNOWLEDGED': {
      if (purposes.length > 0) throw purposesOutOfPlace();
      if (!channel) throw channelMissing();
      const notice = { channel, occurredAt, ...(method && { method }), ...textNamed(policy, row) };
      return { type: 'RecordNotice', step: NOTICE_STEPS[fact], ...notice } as const;
    }
    case 'TERMS_ACCEPTED':
    case 'TERMS_REFUSED': {
      if (purposes.length > 0) throw purposesOutOfPlace();
      return { type: 'DecideOnTerms', decision: TERMS_DECISIONS[fact], ...decidedBy(policy, row) } as const;
    }
    case 'CONSENT_GIVEN':
    case 'CONSENT_REFUSED':
    case 'CONSENT_DEFERRED':
      return {
        type: 'DecideOnConsent',
        decision: CONSENT_DECISIONS[fact],
        purposes,
        ...decidedBy(policy, row),
      } as const;
    case 'CONSENT_WITHDRAWN':
      return { type: 'WithdrawConsent', purposes, occurredAt } as const;
  }
}

const NOTICE_STEPS = {
  NOTICE_NOTIFIED: 'NOTIFIED',
  NOTICE_SHOWN: 'SHOWN',
  NOTICE_ACKNOWLEDGED: 'ACKNOWLEDGED',
} as const;
const TERMS_DECISIONS = { TERMS_ACCEPTED: 'ACCEPT', TERMS_REFUSED: 'REFUSE' } as const;
const CONSENT_DECISIONS = { CONSENT_GIVEN: 'GIVE', CONSENT_REFUSED: 'REFUSE', CONSENT_DEFERRED: 'DEFER' } as const;

function decidedBy(policy: Policy, row: DecisionRow) {
  const { method, channel = 'APP', occurredAt } = row;
  if (!method) throw methodMissing();
  const decider: DecisionMaker = 'PERSON';
  return { method, channel, decidedBy: decider, occurredAt, ...textNamed(policy, row) };
}
