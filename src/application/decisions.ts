import type { DecideOnConsent, DecideOnTerms, WithdrawConsent } from '../domain/subject/subject.commands';
import type { Application, RequestContext } from './application';
import { type FactWritten, factWritten } from './late-warnings';
import { type OnVersionOf, sent } from './notices';
import { commandPerson, policyFor } from './persons';

export type TermsDecision = Omit<OnVersionOf<DecideOnTerms>, 'decision'>;
export type ConsentDecision = Omit<OnVersionOf<DecideOnConsent>, 'decision'>;
export type ConsentWithdrawal = OnVersionOf<WithdrawConsent>;

type UseCase<Input> = (app: Application, request: RequestContext, input: Input) => Promise<FactWritten>;

/** Agreeing to terms: a contract, never a consent (rule C3). @throws Refusal NotFound */
export const acceptTerms: UseCase<TermsDecision> = (app, request, input) =>
  decideOnTerms(app, request, input, 'termsAccept', 'ACCEPT');

/** @throws Refusal NotFound */
export const refuseTerms: UseCase<TermsDecision> = (app, request, input) =>
  decideOnTerms(app, request, input, 'termsRefuse', 'REFUSE');

/** A yes to each purpose named, bound to the very text that was shown (rules C1 to C3). @throws Refusal NotFound */
export const giveConsent: UseCase<ConsentDecision> = (app, request, input) =>
  decideOnConsent(app, request, input, 'consentGive', 'GIVE');

/** @throws Refusal NotFound */
export const refuseConsent: UseCase<ConsentDecision> = (app, request, input) =>
  decideOnConsent(app, request, input, 'consentRefuse', 'REFUSE');

/** Neither yes nor no, but later (rule C5). @throws Refusal NotFound */
export const deferConsent: UseCase<ConsentDecision> = (app, request, input) =>
  decideOnConsent(app, request, input, 'consentDefer', 'DEFER');

/**
 * Takes back a consent, whatever became of version and policy: works without having been given, too, and needs less
 * than giving did (rule C3, GDPR Art. 7(3)).
 *
 * @throws Refusal NotFound
 */
export const withdrawConsent: UseCase<ConsentWithdrawal> = async (app, request, input) => {
  const { subjectId, policyId, ...withdrawal } = input;
  const asked = { subjectId, operation: 'consentWithdraw', input };
  const handled = await commandPerson(app, request, asked, async (person) => ({
    type: 'WithdrawConsent',
    ...withdrawal,
    ...sent(app, request),
    ...(await policyFor(app, person, policyId)),
  }));
  return factWritten(app, subjectId, handled, input.occurredAt);
};

async function decideOnTerms(
  app: Application,
  request: RequestContext,
  input: TermsDecision,
  operation: string,
  decision: DecideOnTerms['decision'],
): Promise<FactWritten> {
  const { subjectId, policyId, ...decided } = input;
  const handled = await commandPerson(app, request, { subjectId, operation, input }, async (person) => ({
    type: 'DecideOnTerms',
    decision,
    ...decided,
    ...sent(app, request),
    ...(await policyFor(app, person, policyId, decided.versionId)),
  }));
  return factWritten(app, subjectId, handled, input.occurredAt);
}

async function decideOnConsent(
  app: Application,
  request: RequestContext,
  input: ConsentDecision,
  operation: string,
  decision: DecideOnConsent['decision'],
): Promise<FactWritten> {
  const { subjectId, policyId, ...decided } = input;
  const handled = await commandPerson(app, request, { subjectId, operation, input }, async (person) => ({
    type: 'DecideOnConsent',
    decision,
    ...decided,
    ...sent(app, request),
    ...(await policyFor(app, person, policyId, decided.versionId)),
  }));
  return factWritten(app, subjectId, handled, input.occurredAt);
}
