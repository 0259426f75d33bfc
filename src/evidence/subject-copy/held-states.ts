import type { InBoth } from '../../domain/languages';
import { inLocale } from '../../domain/locale-lookup';
import type { PolicyFacts } from '../../domain/policy/policy-facts';
import { acceptanceState } from '../../domain/subject/acceptance-state';
import { consentStates } from '../../domain/subject/consent-state';
import { noticeStates } from '../../domain/subject/notice-state';
import { obligations } from '../../domain/subject/obligations';
import { REASON_SENTENCES, type StateReasonCode } from '../../domain/subject/reason-sentences';
import type { Instant } from '../../domain/time';
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
  const named = (policyId: string) => ({ policyId, policyTitle: titleOf(readModels, copy, policyId) });
  const label = (versionId: string) => readModels.versionById(versionId, prefix)?.label ?? versionId;

  const states = policies.flatMap((facts): readonly HeldState[] => [
    ...consentStates(person, facts, at).map(
      ({ policyId, purpose, status, valid, text, decidedAt, expiresAt, reason }): HeldState => ({
        about: 'CONSENT',
        ...named(policyId),
        what: purpose,
        title: purposeTitle(facts, copy, purpose),
        status,
        versionId: text?.versionId,
        at: decidedAt,
        until: expiresAt,
        valid,
        reason: told(reason.code),
      }),
    ),
    ...noticeStates(person, facts, at).map(
      ({ policyId, versionId, step, at: recordedAt, reason }): HeldState => ({
        about: 'NOTICE',
        ...named(policyId),
        what: label(versionId),
        title: label(versionId),
        status: step,
        versionId,
        at: recordedAt,
        until: undefined,
        valid: undefined,
        reason: told(reason.code),
      }),
    ),
    ...(facts.kind === 'TERMS' ? [acceptanceState(person, facts, at)] : []).map(
      ({ policyId, versionId, accepted, at: acceptedAt, refusedAt, reason }): HeldState => ({
        about: 'ACCEPTANCE',
        ...named(policyId),
        what: versionId === undefined ? '' : label(versionId),
        title: versionId === undefined ? titleOf(readModels, copy, policyId) : label(versionId),
        status: accepted ? 'ACCEPTED' : refusedAt ? 'REFUSED' : 'NOT_ACCEPTED',
        versionId,
        at: accepted ? acceptedAt : refusedAt,
        until: undefined,
        valid: undefined,
        reason: told(reason.code),
      }),
    ),
  ]);
  const { items } = obligations(person, policies, at);
  return [
    ...states,
    ...items.map(
      ({ kind, policyId, versionId, purposes, since, deadline, reason }): HeldState => ({
        about: 'OBLIGATION',
        ...named(policyId),
        what: purposes.length > 0 ? purposes.join(', ') : label(versionId),
        title:
          purposes.length > 0
            ? purposes.map((each) => titleIn(policies, policyId, copy, each)).join(', ')
            : label(versionId),
        status: kind,
        versionId,
        at: since,
        until: deadline,
        valid: undefined,
        reason: told(reason.code),
      }),
    ),
  ];
}

function titleOf(readModels: CopyParts['readModels'], { order, prefix, language }: CopyOf, policyId: string): string {
  const titles = readModels.policyTitles(policyId, { effectiveAt: order.effectiveAt, n: prefix.n });
  return (titles.find(({ locale }) => locale === language) ?? titles[0])?.text ?? '';
}

function titleIn(policies: readonly PolicyFacts[], policyId: string, copy: CopyOf, purpose: string): string {
  const facts = policies.find((each) => each.policyId === policyId);
  return facts ? purposeTitle(facts, copy, purpose) : purpose;
}

/** As the version in force has it; the bare name of a purpose that it does not have. */
function purposeTitle(facts: PolicyFacts, { person, order, language }: CopyOf, key: string): string {
  const inForce = facts.inForce(order.effectiveAt, person.registeredAt);
  const statement = inForce.code === 'VERSION_IN_FORCE' ? inForce.version.statement : undefined;
  const titles = statement?.purposes.find((each) => each.key === key)?.titles ?? [];
  return inLocale(titles, language, language)?.text ?? key;
}

function told(code: StateReasonCode): HeldState['reason'] {
  const { rule, nb, en } = REASON_SENTENCES[code];
  return { code, rule, nb, en };
}
