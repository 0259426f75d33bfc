import type { InBoth } from '../../domain/languages';
import { inLocale } from '../../domain/locale-lookup';
import type { PolicyFacts } from '../../domain/policy/policy-facts';
import { type AcceptanceState, acceptanceState } from '../../domain/subject/acceptance-state';
import { type ConsentState, consentStates } from '../../domain/subject/consent-state';
import { type NoticeState, noticeStates } from '../../domain/subject/notice-state';
import { type Obligation, obligations } from '../../domain/subject/obligations';
import { REASON_SENTENCES, type StateReasonCode } from '../../domain/subject/reason-sentences';
import type { Instant } from '../../domain/time';
import type { ReadModels } from '../../read-models/read-models';
import type { CopyOf, CopyParts } from './copy-source';

/** Where the person stands on something of a policy at the copy's stamp, and why. */
export interface HeldState {
  readonly about: 'CONSENT' | 'NOTICE' | 'ACCEPTANCE' | 'OBLIGATION';
  readonly policyId: string;
  readonly policyTitle: string;
  /** The purpose, or the label of the version. */
  readonly what: string;
  /** The same in words for people to read. */
  readonly title: string;
  readonly status: string;
  readonly versionId: string | undefined;
  readonly at: Instant | undefined;
  /** When it ends, or by when it has to be done. */
  readonly until: Instant | undefined;
  /** Of a consent: may it be processed. */
  readonly valid: boolean | undefined;
  readonly reason: { readonly code: StateReasonCode; readonly rule: string } & InBoth;
}

/** The standing on every policy that has to do with the person. */
export function heldStates({ readModels }: CopyParts, copy: CopyOf): readonly HeldState[] {
  const { person, prefix, order } = copy;
  const at = order.effectiveAt;
  const mayConcern = readModels.policiesThatMayConcern(order.subjectId, { effectiveAt: at, n: prefix.n });
  const touched = [person, ...person.linked].flatMap((each) => each.policiesTouched(at));
  const policies = [...new Set([...mayConcern, ...touched])].flatMap((id) => readModels.policyFacts(id, prefix) ?? []);
  const names = namesIn(readModels, copy, policies);
  const states = policies.flatMap((facts) => [
    ...consentStates(person, facts, at).map((state) => heldConsent(names, state)),
    ...noticeStates(person, facts, at).map((state) => heldNotice(names, state)),
    ...(facts.kind === 'TERMS' ? [heldAcceptance(names, acceptanceState(person, facts, at))] : []),
  ]);
  return [...states, ...obligations(person, policies, at).items.map((item) => heldObligation(names, item))];
}

/** What policies, versions and purposes are called where the copy stands. */
interface Names {
  policy(id: string): string;
  version(id: string): string;
  /** As the version in force has it; the bare name of a purpose that it does not have. */
  purpose(policyId: string, key: string): string;
}

function namesIn(readModels: ReadModels, copy: CopyOf, policies: readonly PolicyFacts[]): Names {
  const { person, order, prefix, language } = copy;
  const at = { effectiveAt: order.effectiveAt, n: prefix.n };
  return {
    policy: (id) => inLocale(readModels.policyTitles(id, at), language, language)?.text ?? '',
    version: (id) => readModels.versionById(id, prefix)?.label ?? id,
    purpose: (policyId, key) => {
      const inForce = policies.find((each) => each.policyId === policyId)?.inForce(at.effectiveAt, person.registeredAt);
      const statement = inForce?.code === 'VERSION_IN_FORCE' ? inForce.version.statement : undefined;
      const titles = statement?.purposes.find((each) => each.key === key)?.titles ?? [];
      return inLocale(titles, language, language)?.text ?? key;
    },
  };
}

function heldConsent(names: Names, state: ConsentState): HeldState {
  const { policyId, purpose, status, valid, text, decidedAt, expiresAt, reason } = state;
  return {
    about: 'CONSENT',
    policyId,
    policyTitle: names.policy(policyId),
    what: purpose,
    title: names.purpose(policyId, purpose),
    status,
    versionId: text?.versionId,
    at: decidedAt,
    until: expiresAt,
    valid,
    reason: told(reason.code),
  };
}

function heldNotice(names: Names, { policyId, versionId, step, at, reason }: NoticeState): HeldState {
  const label = names.version(versionId);
  return {
    ...onPolicy(names, policyId),
    about: 'NOTICE',
    what: label,
    title: label,
    status: step,
    versionId,
    at,
    reason: told(reason.code),
  };
}

function heldAcceptance(names: Names, state: AcceptanceState): HeldState {
  const { policyId, versionId, accepted, at, refusedAt, reason } = state;
  return {
    ...onPolicy(names, policyId),
    about: 'ACCEPTANCE',
    what: versionId === undefined ? '' : names.version(versionId),
    title: versionId === undefined ? names.policy(policyId) : names.version(versionId),
    status: accepted ? 'ACCEPTED' : refusedAt ? 'REFUSED' : 'NOT_ACCEPTED',
    versionId,
    at: accepted ? at : refusedAt,
    reason: told(reason.code),
  };
}

function heldObligation(names: Names, item: Obligation): HeldState {
  const { kind, policyId, versionId, purposes, since, deadline, reason } = item;
  const label = names.version(versionId);
  return {
    ...onPolicy(names, policyId),
    about: 'OBLIGATION',
    what: purposes.join(', ') || label,
    title: purposes.map((each) => names.purpose(policyId, each)).join(', ') || label,
    status: kind,
    versionId,
    at: since,
    until: deadline,
    reason: told(reason.code),
  };
}

const onPolicy = (names: Names, policyId: string) => ({
  policyId,
  policyTitle: names.policy(policyId),
  until: undefined,
  valid: undefined,
});

function told(code: StateReasonCode): HeldState['reason'] {
  const { rule, nb, en } = REASON_SENTENCES[code];
  return { code, rule, nb, en };
}
