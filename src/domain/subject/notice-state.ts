import type { PolicyFacts } from '../policy/policy-facts';
import type { Instant } from '../time';
import type { NoticeFact, PersonFacts } from './person-facts';
import { because, type StateReason } from './state-reason';
import type { Channel } from './subject.events';
import { latestFirst, type Told, toldByLinked, toldByPerson } from './told';
import { neverStood } from './version-line';

/** How far telling a person about a version has come, in this order. Putting it off is no step (rule C5). */
export const NOTICE_STEPS = ['PENDING', 'NOTIFIED', 'SHOWN', 'ACKNOWLEDGED'] as const;
export type NoticeStep = (typeof NOTICE_STEPS)[number];

export interface NoticeState {
  readonly policyId: string;
  readonly versionId: string;
  readonly step: NoticeStep;
  /** Of the record that the step comes from. */
  readonly channel: Channel | undefined;
  readonly at: Instant | undefined;
  readonly reason: StateReason;
}

/**
 * The furthest step recorded by then for any version that says the same, i.e. has the same notice root (rule V6); of
 * several records of it one on this very version, the earliest. A linked anonymous person's records count (rule D7).
 */
export function noticeState(person: PersonFacts, policy: PolicyFacts, versionId: string, at: Instant): NoticeState {
  const root = policy.rootsAt(versionId, at)?.notice;
  const { registeredAt } = person;
  const saysTheSame = remembered((id) => {
    if (id === versionId) return true;
    const version = policy.version(id);
    const stood = version !== undefined && !neverStood(version, { at, registeredAt });
    return stood && root !== undefined && policy.rootsAt(id, at)?.notice === root;
  });
  let best: Told<Step> | undefined;
  for (const told of stepsOf(person, policy.policyId, at)) {
    if (saysTheSame(told.fact.versionId) && (!best || goesBefore(told, best, versionId))) best = told;
  }
  const about = { policyId: policy.policyId, versionId };
  if (!best) {
    return { step: 'PENDING', channel: undefined, at: undefined, reason: because('NOTHING_RECORDED'), ...about };
  }
  const { step, channel, validFrom } = best.fact;
  const reason = because(best.fact.versionId === versionId ? 'RECORDED' : 'CARRIED_OVER', best);
  return { step, channel, at: validFrom, reason, ...about };
}

/** Of the version in force for the person, if one is, and of each other that they have records of; the latest first. */
export function noticeStates(person: PersonFacts, policy: PolicyFacts, at: Instant): readonly NoticeState[] {
  const inForce = policy.inForce(at, person.registeredAt);
  const recorded = [...stepsOf(person, policy.policyId, at)].map(({ fact }) => policy.version(fact.versionId));
  const versions = [inForce.code === 'VERSION_IN_FORCE' ? inForce.version : undefined, ...recorded];
  const places = new Map(versions.flatMap((version) => (version ? [[version.id, version] as const] : [])));
  return [...places.values()]
    .sort((a, b) =>
      a.effectiveFrom === b.effectiveFrom ? b.order - a.order : a.effectiveFrom < b.effectiveFrom ? 1 : -1,
    )
    .map(({ id }) => noticeState(person, policy, id, at));
}

type Step = NoticeFact & { readonly step: NoticeStep };

function* stepsOf(person: PersonFacts, policyId: string, at: Instant): Generator<Told<Step>> {
  const steps = (of: PersonFacts) => [...of.noticeEnds(policyId, at)].filter(isStep);
  yield* toldByPerson(person, steps);
  yield* toldByLinked(person, steps);
}

function isStep(fact: NoticeFact): fact is Step {
  return fact.step !== 'DEFERRED';
}

function goesBefore(a: Told<Step>, b: Told<Step>, versionId: string): boolean {
  if (a.fact.step !== b.fact.step) return stepOf(a) > stepOf(b);
  const isOwn = ({ fact }: Told<Step>) => fact.versionId === versionId;
  return isOwn(a) === isOwn(b) ? latestFirst(a, b) > 0 : isOwn(a);
}

function stepOf({ fact }: Told<Step>): number {
  return NOTICE_STEPS.indexOf(fact.step);
}

/** A person has several records on each version. */
function remembered(ask: (id: string) => boolean): (id: string) => boolean {
  const answers = new Map<string, boolean>();
  return (id) => {
    const answer = answers.get(id) ?? ask(id);
    answers.set(id, answer);
    return answer;
  };
}
