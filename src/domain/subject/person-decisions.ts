import { assertClearAct } from './clear-act';
import { wasNotified } from './fact-entries';
import { assertKnownPurposes, givenPurpose, purposesOnConsent } from './named-purposes';
import { occurrenceOf } from './occurrence';
import { offeredVersion, publishedVersion, shownText } from './offered-version';
import type {
  DecideOnConsent,
  DecideOnTerms,
  Deciding,
  DeferNotice,
  ExerciseRight,
  RecordNotice,
  WithdrawConsent,
} from './subject.commands';
import type { SubjectEvent } from './subject.events';
import { policyIsNotTerms } from './subject.refusals';
import { profileAt, type Subject } from './subject.state';

const NOTICE_TYPES = {
  NOTIFIED: 'NoticeNotified',
  SHOWN: 'NoticeShown',
  ACKNOWLEDGED: 'NoticeAcknowledged',
} as const;

/** Telling a person about a version, and what they did with it (rules C1, C2, C5, O3). */
export function recordNotice(command: RecordNotice, state: Subject): readonly SubjectEvent[] {
  const { step, versionId, channel, method } = command;
  const type = NOTICE_TYPES[step];
  assertClearAct(type, method);
  const occurrence = occurrenceOf(command, state);
  const find = step === 'ACKNOWLEDGED' ? offeredVersion : publishedVersion;
  const text = shownText(find(command, versionId, state, occurrence.validFrom), command);
  if (step === 'NOTIFIED' && wasNotified(state.facts, versionId, channel)) return [];
  const { subjectId } = state;
  return [{ type, data: { subjectId, channel, ...(method && { method }), ...text, ...occurrence } }];
}

export function deferNotice(command: DeferNotice, state: Subject): readonly SubjectEvent[] {
  const { policy, versionId, channel } = command;
  const occurrence = occurrenceOf(command, state);
  offeredVersion(command, versionId, state, occurrence.validFrom);
  const { subjectId } = state;
  return [
    { type: 'NoticeDeferred', data: { subjectId, policyId: policy.policyId, versionId, channel, ...occurrence } },
  ];
}

/** Agreeing to terms, or not. It changes no consent (rule C3). */
export function decideOnTerms(command: DecideOnTerms, state: Subject): readonly SubjectEvent[] {
  const type = command.decision === 'ACCEPT' ? 'TermsAccepted' : 'TermsRefused';
  if (command.policy.kind !== 'TERMS') throw policyIsNotTerms();
  assertClearAct(type, command.method);
  return [{ type, data: decisionOn(command, state).data }];
}

/** One yes or no, or later, for each purpose named; all or nothing (rule C3). */
export function decideOnConsent(command: DecideOnConsent, state: Subject): readonly SubjectEvent[] {
  const type = CONSENT_TYPES[command.decision];
  assertClearAct(type, command.method);
  const { data, version } = decisionOn(command, state);
  const { categories } = profileAt(state, data.validFrom);
  const named = purposesOnConsent(version, command.purposes, categories);
  if (type === 'ConsentGiven') {
    const purposes = named.map((purpose) => givenPurpose(purpose, data.validFrom, command.zone));
    return [{ type, data: { ...data, purposes } }];
  }
  return [{ type, data: { ...data, purposes: named.map(({ key }) => key) } }];
}

const CONSENT_TYPES = { GIVE: 'ConsentGiven', REFUSE: 'ConsentRefused', DEFER: 'ConsentDeferred' } as const;

/** C2: on the very text that was offered then. */
function decisionOn(command: Deciding & { readonly at: DecideOnTerms['at'] }, state: Subject) {
  const { versionId, method, channel, decidedBy } = command;
  const occurrence = occurrenceOf(command, state);
  const version = offeredVersion(command, versionId, state, occurrence.validFrom);
  const text = shownText(version, command);
  return { version, data: { subjectId: state.subjectId, method, channel, decidedBy, ...text, ...occurrence } };
}

/** Works on whatever was ever asked, whatever became of the version or the policy (rule C3, GDPR Art. 7(3)). */
export function withdrawConsent(command: WithdrawConsent, state: Subject): readonly SubjectEvent[] {
  const { policy, purposes } = command;
  const occurrence = occurrenceOf(command, state);
  assertKnownPurposes(policy, purposes, state);
  const { subjectId } = state;
  return [{ type: 'ConsentWithdrawn', data: { subjectId, policyId: policy.policyId, purposes, ...occurrence } }];
}

const RIGHT_TYPES = {
  OBJECT: 'ProcessingObjected',
  LIFT_OBJECTION: 'ProcessingObjectionLifted',
  RESTRICT: 'ProcessingRestricted',
  LIFT_RESTRICTION: 'ProcessingRestrictionLifted',
} as const;

/** Layers over the decisions (rule D2); GDPR Art. 18 and 21. */
export function exerciseRight(command: ExerciseRight, state: Subject): readonly SubjectEvent[] {
  const { policy, purposes, reason, right } = command;
  const occurrence = occurrenceOf(command, state);
  assertKnownPurposes(policy, purposes, state);
  const { subjectId } = state;
  const { policyId } = policy;
  const data = { subjectId, policyId, purposes, ...(reason && { reason }), ...occurrence };
  return [{ type: RIGHT_TYPES[right], data }];
}
