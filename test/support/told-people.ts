import type { VersionEntry } from '../../src/domain/policy/policy.state';
import { versionInForce } from '../../src/domain/policy/version-in-force';
import { governingBasis } from '../../src/domain/subject/governing-basis';
import type { Customer, SubjectCommand } from '../../src/domain/subject/subject.commands';
import { profileAt } from '../../src/domain/subject/subject.state';
import { addMs, type Instant, parseLocalDate } from '../../src/domain/time';
import type { PolicyStory } from './policy-stories';
import { consent, notice, registration, SubjectStory, terms, withdrawal, zone } from './subject-stories';
import { DAY_MS, type ToldLog } from './told-log';
import { attempt, CATEGORIES, PURPOSES, type ToldPolicy } from './told-policies';

/** Random people: what the decider allows, told into a log. */

export interface ToldPerson {
  readonly story: SubjectStory;
  readonly subjectId: string;
  readonly anonymous: boolean;
  readonly customer: Customer;
}

interface Home {
  readonly organisationId: string;
  readonly customer: Customer;
}

export function tellPerson(log: ToldLog, { organisationId, customer }: Home, anonymous: boolean): ToldPerson {
  const subjectId = log.nextId();
  const registered = registration({
    at: log.now,
    subjectId,
    organisationId,
    anonymous,
    keyId: log.nextId(),
    categories: randomCategories(log),
    ...(log.chance(0.5) && { customer }),
    ...(log.chance(0.4) && { registeredAt: log.daysFromNow(-log.below(60)) }),
  });
  const story = new SubjectStory(registered);
  log.record(`subject-${subjectId}`, story.events, log.now);
  return { story, subjectId, anonymous, customer };
}

/** Binds a visitor to an account, in both streams. */
export function tellLink(log: ToldLog, people: readonly ToldPerson[]): void {
  const visitors = people.filter(({ anonymous }) => anonymous);
  const accounts = people.filter(({ anonymous }) => !anonymous);
  if (visitors.length === 0 || accounts.length === 0) return;
  const [visitor, account] = [log.pick(visitors), log.pick(accounts)];
  const erased = account.story.subject.erasure === 'DONE';
  const at = log.now;
  const linked = tell(log, visitor, {
    type: 'LinkSubject',
    at,
    account: { id: account.subjectId, anonymous: false, erased },
  });
  if (linked) tell(log, account, { type: 'ReceiveLink', at, anonymousId: visitor.subjectId, linkedAt: at });
}

/** A visitor and an account decide on the same text, and at times turn out to be one person. */
export function tellBothDecide(log: ToldLog, people: readonly ToldPerson[], policies: readonly ToldPolicy[]): void {
  const visitors = people.filter(({ anonymous }) => anonymous);
  const accounts = people.filter(({ anonymous }) => !anonymous);
  if (visitors.length === 0 || accounts.length === 0) return;
  const both = [log.pick(visitors), log.pick(accounts)];
  const policy = log.pick(policies);
  const version = versionOf(log, policy.story, log.pick(both));
  for (const person of log.chance(0.5) ? both : both.toReversed()) {
    tell(log, person, version && decisionOn(log, policy, version, person, log.commandTime()));
  }
  if (log.chance(0.15)) tellLink(log, both);
}

export function tellPersonStep(log: ToldLog, person: ToldPerson, policies: readonly ToldPolicy[]): void {
  const policy = log.pick(policies);
  const { story } = policy;
  const at = log.commandTime();
  const roll = log.below(60);
  if (roll < 26) tell(log, person, decision(log, policy, person, at));
  else if (roll < 31) tell(log, person, withdrawal(story, at, { purposes: somePurposes(log), ...occurred(log, at) }));
  else if (roll < 42) tell(log, person, noticeOf(log, policy, person, at));
  else if (roll < 47) tell(log, person, rightOf(log, story, at));
  else if (roll < 51) tell(log, person, classification(log, person, at));
  else if (roll < 59) tell(log, person, correctionOf(log, person, policies, at));
  else if (log.chance(0.3)) erase(log, person, at);
}

/** False: nothing was told, because a rule forbids it or it was so already. */
function tell(log: ToldLog, { story, subjectId }: ToldPerson, command: SubjectCommand | undefined): boolean {
  const before = story.events.length;
  if (command) attempt(() => story.do(command));
  const told = story.events.slice(before);
  log.record(`subject-${subjectId}`, told, command?.at ?? log.now);
  return told.length > 0;
}

function erase(log: ToldLog, person: ToldPerson, at: Instant): void {
  const { keyId } = person.story.subject;
  tell(log, person, { type: 'DecideErasure', at, reason: 'sealed' });
  tell(log, person, { type: 'FinishErasure', at, keyId, epoch: 1, finalOn: parseLocalDate('2030-01-01') });
}

function randomCategories(log: ToldLog): readonly string[] {
  return log.chance(0.6) ? ['customer'] : log.some(CATEGORIES);
}

function somePurposes(log: ToldLog): readonly string[] {
  const some = log.some(PURPOSES);
  return some.length > 0 ? some : ['newsletter'];
}

/** Mostly live; else late by days, at times by import. */
function occurred(log: ToldLog, at: Instant): { readonly occurredAt?: Instant; readonly imported?: boolean } {
  if (log.chance(0.7)) return {};
  const occurredAt = addMs(at, -(1 + log.below(60)) * DAY_MS);
  return log.chance(0.3) ? { occurredAt, imported: true } : { occurredAt };
}

/** Mostly the one in force for the person, else any: what is not offered is refused. */
function versionOf(log: ToldLog, { policy }: PolicyStory, { story }: ToldPerson): VersionEntry | undefined {
  const inForce = versionInForce(policy, log.now, story.subject.registeredAt);
  if (inForce.code === 'VERSION_IN_FORCE' && log.chance(0.6)) return inForce.version;
  const versions = policy.timeline.filter((entry) => entry.kind === 'version');
  const recent = log.chance(0.8) ? versions.slice(-2) : versions;
  return recent.length > 0 ? log.pick(recent) : undefined;
}

function decision(log: ToldLog, policy: ToldPolicy, person: ToldPerson, at: Instant): SubjectCommand | undefined {
  const version = versionOf(log, policy.story, person);
  return version && decisionOn(log, policy, version, person, at);
}

function decisionOn(
  log: ToldLog,
  { story, kind }: ToldPolicy,
  version: VersionEntry,
  person: ToldPerson,
  at: Instant,
): SubjectCommand {
  const when = occurred(log, at);
  if (kind === 'TERMS' && log.chance(0.3)) {
    return terms(story, version.id, at, { decision: log.chance(0.7) ? 'ACCEPT' : 'REFUSE', ...when });
  }
  const others = person.anonymous ? (['GIVE'] as const) : (['REFUSE'] as const);
  const decided = log.pick(['GIVE', 'GIVE', 'REFUSE', 'DEFER', ...others] as const);
  const { categories } = profileAt(person.story.subject, log.now);
  const stated = version.statement?.purposes ?? [];
  const purposes = stated.filter((each) => governingBasis(each, categories) === 'CONSENT').map(({ key }) => key);
  const some = log.chance(0.6) ? purposes.slice(0, 1) : purposes;
  return consent(story, version.id, at, { decision: decided, purposes: some, ...when });
}

function noticeOf(log: ToldLog, { story }: ToldPolicy, person: ToldPerson, at: Instant): SubjectCommand | undefined {
  const versionId = versionOf(log, story, person)?.id;
  if (versionId === undefined) return undefined;
  const channel = log.pick(['APP', 'EMAIL', 'LETTER'] as const);
  const when = occurred(log, at);
  const { policy } = story;
  if (log.chance(0.15)) return { type: 'DeferNotice', at, policy, zone, versionId, channel, ...when };
  const step = log.pick(['NOTIFIED', 'SHOWN', 'SHOWN', 'ACKNOWLEDGED'] as const);
  return notice(story, versionId, at, { step, channel, ...when });
}

function rightOf(log: ToldLog, { policy }: PolicyStory, at: Instant): SubjectCommand {
  const right = log.pick(['OBJECT', 'LIFT_OBJECTION', 'RESTRICT', 'LIFT_RESTRICTION', 'LIFT_RESTRICTION'] as const);
  return { type: 'ExerciseRight', at, policy, zone, right, purposes: somePurposes(log), ...occurred(log, at) };
}

function classification(log: ToldLog, { customer }: ToldPerson, at: Instant): SubjectCommand {
  const when = occurred(log, at);
  const said = log.below(6);
  if (said === 0) return { type: 'ClassifySubject', at, exempt: log.chance(0.5), ...when };
  if (said < 3) return { type: 'ClassifySubject', at, customer: log.chance(0.5) ? customer : null, ...when };
  return { type: 'ClassifySubject', at, categories: randomCategories(log), ...when };
}

function correctionOf(
  log: ToldLog,
  { story }: ToldPerson,
  policies: readonly ToldPolicy[],
  at: Instant,
): SubjectCommand | undefined {
  const yes = story.events.flatMap(({ type }, index) => (type === 'ConsentGiven' ? [index + 1] : []));
  const corrects = yes.length > 0 && log.chance(0.4) ? log.pick(yes) : 1 + log.below(story.events.length);
  const original = story.events[corrects - 1];
  const policyId = original && 'policyId' in original.data ? original.data.policyId : undefined;
  const policy = policies.find((each) => each.policyId === policyId)?.story.policy;
  const on = policy && { policy, zone };
  const base = { type: 'CorrectFact', at, corrects, reason: 'sealed', on, void: false } as const;
  const what = log.below(4);
  if (what === 0) return { ...base, void: true };
  if (what === 1) return { ...base, channel: 'LETTER' };
  const notedAt = original && 'notedAt' in original.data ? original.data.notedAt : at;
  // One after the fact was told is refused; a yes must not get past a withdrawal that way.
  const from = log.chance(0.3) ? at : notedAt;
  return { ...base, occurredAt: addMs(from, -log.below(40) * DAY_MS) };
}
