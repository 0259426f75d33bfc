import { REASON_SENTENCES } from './reason-sentences';
import type { StandingChange, StandingItem } from './standing';
import type { SubjectEvent } from './subject.events';

/** Facts of policies that decide how people stand: which version is in force, and whose answers count for it. */
export const DECIDING_POLICY_TYPES = [
  'PolicyVersionPublished',
  'PolicyVersionImported',
  'PolicyVersionImportRevoked',
  'PolicyVersionLocaleAdded',
  'PolicyVersionWithdrawn',
  'PolicyRetired',
  'PolicyRetirementImported',
  'PolicyRetirementImportRevoked',
] as const;

type DecidingType = SubjectEvent['type'] | (typeof DECIDING_POLICY_TYPES)[number];

/** The rules that each kind of fact was let in by, or that it acts by whatever it changes. */
const RULES_OF_FACT: { readonly [type in DecidingType]: readonly RuleName[] } = {
  SubjectRegistered: ['O1'],
  SubjectClassified: ['D5', 'O1'],
  SubjectLinked: ['D7'],
  SubjectLinkReceived: ['D7'],
  SubjectTokensRevoked: [],
  NoticeNotified: ['O3'],
  NoticeShown: ['C1'],
  NoticeAcknowledged: ['C2', 'C5'],
  NoticeDeferred: ['C5'],
  TermsAccepted: ['C2', 'C3'],
  TermsRefused: ['C2', 'C3'],
  ConsentGiven: ['C1', 'C2', 'D1'],
  ConsentRefused: ['C2', 'D1'],
  ConsentDeferred: ['C2', 'C5'],
  ConsentWithdrawn: ['C3', 'D1'],
  ProcessingObjected: ['D2'],
  ProcessingObjectionLifted: ['D2'],
  ProcessingRestricted: ['D2'],
  ProcessingRestrictionLifted: ['D2'],
  FactCorrected: ['D6'],
  SubjectErasureRequested: ['E1'],
  SubjectErasureDeclined: ['E1'],
  SubjectErasureDecided: ['E1'],
  LegalHoldPlaced: ['R3'],
  LegalHoldLifted: ['R3'],
  SubjectErasureStarted: ['E1'],
  SubjectErased: ['R3', 'O1'],
  PolicyVersionPublished: ['V1', 'V6'],
  PolicyVersionImported: ['V7'],
  PolicyVersionImportRevoked: ['V7'],
  PolicyVersionLocaleAdded: ['P6'],
  PolicyVersionWithdrawn: ['V3'],
  PolicyRetired: ['V4'],
  PolicyRetirementImported: ['V4'],
  PolicyRetirementImportRevoked: ['V4'],
};

export const RULE_NAMES = [
  'C1',
  'C2',
  'C3',
  'C5',
  'D1',
  'D2',
  'D3',
  'D5',
  'D6',
  'D7',
  'E1',
  'O1',
  'O2',
  'O3',
  'P6',
  'R3',
  'S5',
  'V1',
  'V3',
  'V4',
  'V6',
  'V7',
] as const;
export type RuleName = (typeof RULE_NAMES)[number];

/**
 * The rules that a step applied, each once: those of the fact itself, then those that decided what it changed.
 *
 * @param type of the fact; undefined: a date had come
 * @param isLate the fact was told later than five minutes after it occurred (rule S5)
 */
export function rulesOfStep(
  type: string | undefined,
  isLate: boolean,
  changes: readonly StandingChange[],
): readonly RuleName[] {
  const ofFact = type === undefined ? [] : (isDeciding(type) && RULES_OF_FACT[type]) || [];
  const ofChanges = changes.flatMap(({ before, after }) => ruleOf(after ?? before) ?? []);
  return [...new Set([...ofFact, ...(isLate ? (['S5'] as const) : []), ...ofChanges])];
}

function isDeciding(type: string): type is DecidingType {
  return Object.hasOwn(RULES_OF_FACT, type);
}

/** The rule that decided how one thing stands. */
export function ruleOf(item: StandingItem | undefined): RuleName | undefined {
  if (item === undefined) return undefined;
  if (item.about === 'CONCERN') return 'O1';
  if (item.about === 'OBLIGATION') return 'O2';
  if (item.reason === 'VERSION_IN_FORCE') return 'V1';
  return REASON_SENTENCES[item.reason].rule;
}
