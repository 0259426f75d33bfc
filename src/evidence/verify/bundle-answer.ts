import type { EvidencePrepared } from '../../domain/evidence/evidence.events';
import type { Organisation } from '../../domain/organisation/organisation.decider';
import type { Policy } from '../../domain/policy/policy.state';
import type { PolicyFacts } from '../../domain/policy/policy-facts';
import { policyFactsOfFold } from '../../domain/policy/policy-facts-of-fold';
import { versionInForce, versionStatus } from '../../domain/policy/version-in-force';
import { RULES_VERSION } from '../../domain/rules-version';
import { acceptanceState } from '../../domain/subject/acceptance-state';
import { type ConsentState, consentStates } from '../../domain/subject/consent-state';
import { type NoticeState, noticeStates } from '../../domain/subject/notice-state';
import { type Obligation, obligations } from '../../domain/subject/obligations';
import type { PersonFacts } from '../../domain/subject/person-facts';
import type { Instant } from '../../domain/time';
import type { BundleFolds } from './bundle-folds';

/** Form of the answers of this release; another one where a field is removed, or means something else. */
export const ANSWER_FORMAT = 'samtykke-answer/1';

/** What an order of a bundle says, as the log has it. */
export type BundleOrder = EvidencePrepared['data'] & { readonly events: number; readonly recordedAt: Instant };

/**
 * The answer of a bundle, as values of JSON, folded from the opened streams alone: whoever makes the bundle and whoever
 * verifies it compute it by this. Sentences are left out, since a release may put them better; rules and codes stay.
 */
export function answerOf(logId: string, order: BundleOrder, folds: BundleFolds) {
  const organisation = folds.organisation(order.organisationId);
  const head = { format: ANSWER_FORMAT, stamp: stampOf(logId, order, organisation), ...organisationOf(organisation) };
  if (order.subjectId !== undefined) return { ...head, ...aboutPerson(folds, order.subjectId, order.effectiveAt) };
  return { ...head, ...aboutPolicy(folds, order.policyId ?? '', order.effectiveAt) };
}

export type BundleAnswer = ReturnType<typeof answerOf>;

/** The answer in a few words: the policy and what was in force; or each purpose and what the person decided. */
export function inWords(answer: BundleAnswer): readonly string[] {
  if ('history' in answer) {
    const { policy, inForce, history } = answer;
    const version = history.find(({ id }) => id === inForce.version);
    const label = version ? ` "${version.label}" (${version.id})` : '';
    return [`${policy.handle}: ${inForce.code}${label}`];
  }
  return answer.policies.flatMap(({ handle, consents, acceptance }) => [
    ...consents.map(
      ({ purpose, status, decidedAt }) => `${handle}: ${purpose} ${status}${decidedAt ? ` since ${decidedAt}` : ''}`,
    ),
    ...(acceptance ? [`${handle}: ${acceptance.accepted ? `ACCEPTED since ${acceptance.at}` : 'NOT_ACCEPTED'}`] : []),
  ]);
}

/** The instant on both axes; `{effectiveAt, position}` asked over GraphQL repeats the answer. */
function stampOf(logId: string, order: BundleOrder, { timeZone }: Organisation) {
  const { evidenceId, requestedAt, effectiveAt, effectiveOn, recordedAt, position, events } = order;
  return {
    effectiveAt,
    effectiveOn,
    timeZone,
    recordedAt,
    position: Buffer.from(JSON.stringify([logId, position]), 'utf8').toString('base64url'),
    events,
    rules: RULES_VERSION,
    evidence: evidenceId,
    requestedAt,
  };
}

function organisationOf({ organisationId: id, slug, name, number, foreignId }: Organisation) {
  return { organisation: { id, slug, name, number, foreignId } };
}

function policyNamed(folds: BundleFolds, { policyId, organisationId, slug, kind, titles }: Policy) {
  return { id: policyId, handle: `${folds.organisation(organisationId).slug}/${slug}`, kind, titles };
}

/** A version or a retirement, with all that was decided about it. */
interface HistoryEntry {
  readonly id: string;
  readonly label?: string;
  readonly [field: string]: unknown;
}

/** Which text was in force for the general public, and everything that was decided by then. */
function aboutPolicy(folds: BundleFolds, policyId: string, at: Instant) {
  const policy = folds.policyAt(policyId, at);
  const found = versionInForce(policy, at);
  const deciding = found.code === 'VERSION_IN_FORCE' ? found.version.id : undefined;
  const retirement = found.code === 'RETIRED' ? found.retirement.id : undefined;
  const history = policy.timeline.flatMap((entry): readonly HistoryEntry[] => {
    if (entry.kind === 'retirement') {
      const { kind, id, effectiveFrom, retiredAt, imported, source } = entry;
      return retiredAt <= at ? [{ kind, id, effectiveFrom, retiredAt, imported, source }] : [];
    }
    const status = versionStatus(policy, entry, at);
    if (status === undefined) return [];
    const { kind, id, sequence, label, effectiveFrom, effectiveFromForExisting, publishedAt, timeZone } = entry;
    const { imported, source, audience, contents, change, flags, statement, withdrawal } = entry;
    return [
      {
        ...{ kind, id, sequence, label, status, effectiveFrom, effectiveFromForExisting, publishedAt, timeZone },
        ...{ imported, source, audience, contents, change, flags },
        withdrawal: withdrawal && withdrawal.withdrawnAt <= at ? withdrawal : undefined,
        textOnly: statement === undefined,
      },
    ];
  });
  return {
    policy: policyNamed(folds, policy),
    inForce: { code: found.code, version: deciding, retirement },
    history,
  };
}

/** Where the person stands on every policy that has to do with them. */
function aboutPerson(folds: BundleFolds, subjectId: string, at: Instant) {
  const person = folds.person(subjectId);
  const policies = folds.policyIds.map((id) => ({
    policy: folds.policyAt(id, at),
    facts: policyFactsOfFold(folds.policy(id)),
  }));
  const { anonymous, registeredAt, linkedTo, erasedAt, linked } = person;
  const { items, blocked } = obligations(
    person,
    policies.map(({ facts }) => facts),
    at,
  );
  return {
    person: {
      id: subjectId,
      anonymous,
      registeredAt,
      linkedTo,
      linked: linked.map((each) => each.subjectId),
      erasedAt,
      ...person.profileAt(at),
    },
    policies: policies.map(({ policy, facts }) => ({
      ...policyNamed(folds, policy),
      ...statesOn(person, facts, at),
    })),
    obligations: items.map(obligationOf),
    blocked,
  };
}

function statesOn(person: PersonFacts, facts: PolicyFacts, at: Instant) {
  const inForce = facts.inForce(at, person.registeredAt);
  return {
    inForce: { code: inForce.code, version: inForce.code === 'VERSION_IN_FORCE' ? inForce.version.id : undefined },
    consents: consentStates(person, facts, at).map(consentOf),
    notices: noticeStates(person, facts, at).map(noticeOf),
    acceptance: facts.kind === 'TERMS' ? acceptanceOf(person, facts, at) : undefined,
  };
}

function consentOf(state: ConsentState) {
  const { purpose, status, valid, legalBasis, text, decidedAt, expiresAt, decision, reason } = state;
  return { purpose, status, valid, legalBasis, text, decidedAt, expiresAt, decision: decision?.fact.kind, reason };
}

function noticeOf({ versionId, step, channel, at, reason }: NoticeState) {
  return { version: versionId, step, channel, at, reason };
}

function acceptanceOf(person: PersonFacts, facts: PolicyFacts, at: Instant) {
  const { policyId: _, versionId: version, ...state } = acceptanceState(person, facts, at);
  return { version, ...state };
}

function obligationOf({ policyId: policy, versionId: version, rootVersionId: askedBy, ...rest }: Obligation) {
  return { policy, version, askedBy, ...rest };
}
