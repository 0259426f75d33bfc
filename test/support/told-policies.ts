import type { PolicyKind } from '../../src/domain/policy/policy.events';
import type { ProcessingStatement, Purpose, PurposeBasis } from '../../src/domain/policy/processing-statement';
import { consentPurposes } from '../../src/domain/policy/processing-statement';
import { Refusal } from '../../src/domain/refusal';
import type { Instant } from '../../src/domain/time';
import { account, newsletter, PolicyStory, rules, statement } from './policy-stories';
import type { ToldLog } from './told-log';

/** Random policies: what the decider allows, told into a log. */

export const CATEGORIES = ['customer', 'employee', 'visitor'];
export const PURPOSES = ['newsletter', 'events', 'account'];

export interface ToldPolicy {
  readonly story: PolicyStory;
  readonly policyId: string;
  readonly kind: PolicyKind;
}

export function tellPolicy(log: ToldLog, organisationId: string, kind: PolicyKind): ToldPolicy {
  const policyId = log.nextId();
  const story = new PolicyStory(log.now, kind, { policyId, organisationId, slug: `policy-${policyId.slice(-4)}` });
  log.record(`policy-${policyId}`, story.events, log.now);
  return { story, policyId, kind };
}

/** Imports, then publications for now and later with and without cohort dates, withdrawals, retirements. */
export function tellPolicyStep(log: ToldLog, policy: ToldPolicy): void {
  const { story } = policy;
  const before = story.events.length;
  const at = log.commandTime();
  const empty = story.policy.timeline.length === 0;
  const roll = log.below(10);
  attempt(() => {
    if (empty && log.chance(0.5)) importText(log, story, at);
    else if (empty || roll < 6) publish(log, policy, at);
    else if (roll < 8) withdraw(log, story, at);
    else if (roll === 8) revokeOrRetire(log, story, at);
    else importText(log, story, at);
  });
  log.record(`policy-${policy.policyId}`, story.events.slice(before), at);
}

/** Does it, or nothing where a rule forbids it. */
export function attempt(step: () => void): boolean {
  try {
    step();
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

function publish(log: ToldLog, { story }: ToldPolicy, at: Instant): void {
  const effectiveFrom = log.chance(0.5) ? at : log.daysFromNow(log.below(40));
  const sameText = story.policy.lastPublished?.statement;
  const to = sameText && log.chance(0.5) ? sameText : randomStatement(log);
  const onConsent = consentPurposes(to);
  const terms = {
    effectiveFrom,
    statement: to,
    blocking: log.chance(0.4),
    graceDays: log.pick([0, 0, 3, 14]),
    ...(log.chance(0.4) && { effectiveFromForExisting: later(effectiveFrom, log.below(30)) }),
    ...(log.chance(0.2) && { audience: log.some(CATEGORIES) }),
    rules: { ...rules, timeZone: log.pick(['Europe/Oslo', 'UTC', 'America/New_York']) },
  };
  const versionId = log.nextId();
  const reasons = log.pick([['WORDING'], ['RETENTION'], ['PURPOSE']] as const);
  const first = story.policy.timeline.every((entry) => entry.kind === 'retirement');
  const named = { ...terms, reasons: first ? (['FIRST_VERSION'] as const) : reasons };
  const asked = log.chance(0.3) ? log.some(onConsent) : [];
  if (attempt(() => story.publish(versionId, at, { ...named, renewalPurposes: asked }))) return;
  const every = ['PURPOSE', 'LEGAL_BASIS', 'DATA_CATEGORIES', 'RETENTION', 'EXERCISE_OF_RIGHTS', 'WORDING'] as const;
  // Said to change everything, it is understated nowhere.
  attempt(() => story.publish(versionId, at, { ...terms, reasons: every, renewalPurposes: onConsent }));
}

function later(instant: Instant, days: number): Instant {
  return new Date(Date.parse(instant) + days * 86_400_000).toISOString() as Instant;
}

function importText(log: ToldLog, story: PolicyStory, at: Instant): void {
  const effectiveFrom = log.daysFromNow(-1 - log.below(200));
  const to = log.chance(0.8) ? randomStatement(log) : undefined;
  story.import(log.nextId(), effectiveFrom, at, to, to && log.chance(0.5) ? log.some(consentPurposes(to)) : []);
}

function withdraw(log: ToldLog, story: PolicyStory, at: Instant): void {
  const versions = story.policy.timeline.filter((entry) => entry.kind === 'version' && !entry.withdrawal);
  if (versions.length === 0) return;
  const { id: versionId } = log.pick(versions);
  const from = log.chance(0.6) ? {} : { from: log.daysFromNow(log.below(20)) };
  const voidsDecisions = log.chance(0.4);
  story.do({ type: 'WithdrawVersion', actor: 'publisher', at, versionId, reason: 'mistake', voidsDecisions, ...from });
}

function revokeOrRetire(log: ToldLog, story: PolicyStory, at: Instant): void {
  const imports = story.policy.timeline.filter(({ imported }) => imported);
  if (imports.length > 0 && log.chance(0.5)) {
    const { id: entryId } = log.pick(imports);
    story.do({ type: 'RevokeImport', actor: 'importer', at, entryId, reason: 'wrong date' });
    return;
  }
  const from = log.chance(0.6) ? {} : { from: log.daysFromNow(log.below(20)) };
  const retirementId = log.nextId();
  const withdrawScheduled = log.chance(0.5);
  story.do({ type: 'RetirePolicy', actor: 'publisher', at, retirementId, reason: 'gone', withdrawScheduled, ...from });
}

function randomStatement(log: ToldLog): ProcessingStatement {
  const news = log.chance(0.85) ? [randomPurpose(log, newsletter)] : [];
  const events = log.chance(0.5) ? [randomPurpose(log, { ...newsletter, key: 'events' })] : [];
  const rights = [...statement.rights, 'OBJECTION' as const];
  return { ...statement, rights, purposes: [...news, ...events, account] };
}

function randomPurpose(log: ToldLog, purpose: Purpose): Purpose {
  const validFor = log.pick([undefined, undefined, 'P1M', 'P2W']);
  const bases = CATEGORIES.slice(0, 1 + log.below(3)).map((category) => randomBasis(log, category));
  return { ...purpose, bases, ...(validFor && { consentValidFor: validFor }) };
}

function randomBasis(log: ToldLog, subjectCategory: string): PurposeBasis {
  const legalBasis = log.pick(['CONSENT', 'CONSENT', 'CONSENT', 'LEGITIMATE_INTERESTS', 'CONTRACT'] as const);
  const interest = legalBasis === 'LEGITIMATE_INTERESTS' ? { legitimateInterest: 'To tell people of news' } : {};
  return { subjectCategory, legalBasis, ...interest };
}
