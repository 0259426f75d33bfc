import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Application, RequestContext } from '../../application/application';
import {
  acceptTerms,
  type ConsentDecision,
  deferConsent,
  giveConsent,
  refuseConsent,
  refuseTerms,
  type TermsDecision,
  withdrawConsent,
} from '../../application/decisions';
import type { FactWritten } from '../../application/late-warnings';
import { deferNotice, recordNotice } from '../../application/notices';
import {
  liftObjection,
  liftRestriction,
  objectToProcessing,
  type ProcessingRight,
  restrictProcessing,
} from '../../application/processing-rights';
import { purposesOutOfPlace } from '../../domain/subject/subject.refusals';
import { requestOf, settle } from '../acting';
import { Access } from '../auth/access';
import type { ApiContext } from '../context';
import { badUserInput } from '../errors';
import { given } from '../given';
import { found, visiblePolicy, visibleVersion } from '../members';
import { scopeOfNow } from '../scope';
import {
  ConsentWithdrawInput,
  DecisionInput,
  NoticeDeferInput,
  NoticeRecordInput,
  ProcessingRightInput,
} from './decision.input';
import { AcceptancePayload, ConsentPayload, NoticePayload } from './people-payloads.type';
import { personAt, policyOfPerson } from './person-at';
import { acceptanceOf, consentOf, noticeOf } from './person-states';
import { byPersonOr, targetOf, withOwnToken } from './person-target';
import { receiptAt } from './receipt-of';

type UseCase<Input> = (app: Application, request: RequestContext, input: Input) => Promise<FactWritten>;

const byPersonOrService = byPersonOr(['service']);

@Resolver()
export class DecisionMutationsResolver {
  @Mutation(() => NoticePayload, { description: 'By the person or a service: NOTIFIED, SHOWN or ACKNOWLEDGED.' })
  @Access(byPersonOrService)
  async noticeRecord(
    @Arg('input', () => NoticeRecordInput) input: NoticeRecordInput,
    @Ctx() context: ApiContext,
  ): Promise<NoticePayload> {
    const { step, version, locale, contentSha256, channel, method, occurredAt } = given(input);
    if (step === 'PENDING') throw badUserInput('PENDING is no step that can be recorded.');
    const on = versionOf(context, version);
    const subjectId = targetOf(context, input);
    const written = await recordNotice(context.app, await actingFor(context, subjectId, input), {
      subjectId,
      ...on,
      locale,
      contentSha256,
      step,
      channel,
      ...(method !== undefined && { method }),
      ...(occurredAt !== undefined && { occurredAt }),
    });
    return noticePayload(context, written, on);
  }

  @Mutation(() => NoticePayload, { description: 'By the person or a service: put off, which is no consent.' })
  @Access(byPersonOrService)
  async noticeDefer(
    @Arg('input', () => NoticeDeferInput) input: NoticeDeferInput,
    @Ctx() context: ApiContext,
  ): Promise<NoticePayload> {
    const { version, channel = 'APP', occurredAt } = given(input);
    const on = versionOf(context, version);
    const subjectId = targetOf(context, input);
    const written = await deferNotice(context.app, await actingFor(context, subjectId, input), {
      subjectId,
      ...on,
      channel,
      ...(occurredAt !== undefined && { occurredAt }),
    });
    return noticePayload(context, written, on);
  }

  @Mutation(() => AcceptancePayload, { description: 'By the person or a service. A contract, not consent.' })
  @Access(byPersonOrService)
  termsAccept(
    @Arg('input', () => DecisionInput) input: DecisionInput,
    @Ctx() context: ApiContext,
  ): Promise<AcceptancePayload> {
    return decideOnTerms(context, input, acceptTerms);
  }

  @Mutation(() => AcceptancePayload, { description: 'By the person or a service.' })
  @Access(byPersonOrService)
  termsRefuse(
    @Arg('input', () => DecisionInput) input: DecisionInput,
    @Ctx() context: ApiContext,
  ): Promise<AcceptancePayload> {
    return decideOnTerms(context, input, refuseTerms);
  }

  @Mutation(() => ConsentPayload, {
    description: 'By the person or a service: a yes to each purpose named, bound to the very text that was shown.',
  })
  @Access(byPersonOrService)
  consentGive(
    @Arg('input', () => DecisionInput) input: DecisionInput,
    @Ctx() context: ApiContext,
  ): Promise<ConsentPayload> {
    return decideOnConsent(context, input, giveConsent);
  }

  @Mutation(() => ConsentPayload, { description: 'By the person or a service.' })
  @Access(byPersonOrService)
  consentRefuse(
    @Arg('input', () => DecisionInput) input: DecisionInput,
    @Ctx() context: ApiContext,
  ): Promise<ConsentPayload> {
    return decideOnConsent(context, input, refuseConsent);
  }

  @Mutation(() => ConsentPayload, { description: 'By the person or a service: neither yes nor no, but later.' })
  @Access(byPersonOrService)
  consentDefer(
    @Arg('input', () => DecisionInput) input: DecisionInput,
    @Ctx() context: ApiContext,
  ): Promise<ConsentPayload> {
    return decideOnConsent(context, input, deferConsent);
  }

  @Mutation(() => ConsentPayload, {
    description: 'By the person or a service. Always works, whatever became of the version or the policy.',
  })
  @Access(byPersonOrService)
  async consentWithdraw(
    @Arg('input', () => ConsentWithdrawInput) input: ConsentWithdrawInput,
    @Ctx() context: ApiContext,
  ): Promise<ConsentPayload> {
    const { policy, purposes, occurredAt } = given(input);
    const policyId = policyNamed(context, policy);
    const subjectId = targetOf(context, input);
    const written = await withdrawConsent(context.app, await actingFor(context, subjectId, input), {
      subjectId,
      policyId,
      purposes,
      ...(occurredAt !== undefined && { occurredAt }),
    });
    return consentPayload(context, written, { policyId, purposes, receipt: true });
  }

  @Mutation(() => ConsentPayload, { description: 'GDPR Art. 21, by the person or a service.' })
  @Access(byPersonOrService)
  processingObject(
    @Arg('input', () => ProcessingRightInput) input: ProcessingRightInput,
    @Ctx() context: ApiContext,
  ): Promise<ConsentPayload> {
    return exercise(context, input, objectToProcessing);
  }

  @Mutation(() => ConsentPayload, { description: 'By the person or a service.' })
  @Access(byPersonOrService)
  processingObjectionLift(
    @Arg('input', () => ProcessingRightInput) input: ProcessingRightInput,
    @Ctx() context: ApiContext,
  ): Promise<ConsentPayload> {
    return exercise(context, input, liftObjection);
  }

  @Mutation(() => ConsentPayload, { description: 'GDPR Art. 18, by the person or a service.' })
  @Access(byPersonOrService)
  processingRestrict(
    @Arg('input', () => ProcessingRightInput) input: ProcessingRightInput,
    @Ctx() context: ApiContext,
  ): Promise<ConsentPayload> {
    return exercise(context, input, restrictProcessing);
  }

  @Mutation(() => ConsentPayload, { description: 'By the person or a service.' })
  @Access(byPersonOrService)
  processingRestrictionLift(
    @Arg('input', () => ProcessingRightInput) input: ProcessingRightInput,
    @Ctx() context: ApiContext,
  ): Promise<ConsentPayload> {
    return exercise(context, input, liftRestriction);
  }
}

interface OnVersion {
  readonly policyId: string;
  readonly versionId: string;
}

function versionOf(context: ApiContext, versionId: string): OnVersion {
  const { policy } = found(visibleVersion(context, versionId, context.readModels.applied()));
  return { policyId: policy.id, versionId };
}

function policyNamed(context: ApiContext, policyId: string): string {
  return found(visiblePolicy(context, policyId, context.readModels.applied())).id;
}

async function actingFor(
  context: ApiContext,
  subjectId: string,
  input: { readonly idempotencyKey?: string | null },
): Promise<RequestContext> {
  return { ...(await requestOf(context, input)), ...withOwnToken(context, subjectId) };
}

async function decideOnTerms(
  context: ApiContext,
  input: DecisionInput,
  decide: UseCase<TermsDecision>,
): Promise<AcceptancePayload> {
  if (input.purposes != null) throw purposesOutOfPlace();
  const decision = decisionOf(context, input);
  const written = await decide(context.app, await actingFor(context, decision.subjectId, input), decision);
  const { at, said } = await settledPerson(context, written);
  const policy = found(policyOfPerson(context, at, decision.policyId));
  return { acceptance: acceptanceOf(context, at, policy), warnings: written.warnings, ...said };
}

async function decideOnConsent(
  context: ApiContext,
  input: DecisionInput,
  decide: UseCase<ConsentDecision>,
): Promise<ConsentPayload> {
  const purposes = input.purposes ?? [];
  const decision = decisionOf(context, input);
  const request = await actingFor(context, decision.subjectId, input);
  const written = await decide(context.app, request, { ...decision, purposes });
  return consentPayload(context, written, { policyId: decision.policyId, purposes, receipt: true });
}

function decisionOf(context: ApiContext, input: DecisionInput): TermsDecision {
  const { version, locale, contentSha256, method, channel = 'APP', decidedBy = 'PERSON', occurredAt } = given(input);
  return {
    subjectId: targetOf(context, input),
    ...versionOf(context, version),
    locale,
    contentSha256,
    method,
    channel,
    decidedBy,
    ...(occurredAt !== undefined && { occurredAt }),
  };
}

async function exercise(
  context: ApiContext,
  input: ProcessingRightInput,
  right: UseCase<ProcessingRight>,
): Promise<ConsentPayload> {
  const { policy, purposes, reason, occurredAt } = given(input);
  const policyId = policyNamed(context, policy);
  const subjectId = targetOf(context, input);
  const written = await right(context.app, await actingFor(context, subjectId, input), {
    subjectId,
    policyId,
    purposes,
    ...(reason !== undefined && { reason }),
    ...(occurredAt !== undefined && { occurredAt }),
  });
  return consentPayload(context, written, { policyId, purposes, receipt: false });
}

/** The person as of the write. */
async function settledPerson(context: ApiContext, { id, position }: FactWritten) {
  const organisationId = found(context.readModels.subjectById(id, scopeOfNow(context).head)).organisation;
  const { scope, said } = await settle(context, position, organisationId);
  return { at: personAt(context, scope, id), said };
}

async function noticePayload(context: ApiContext, written: FactWritten, on: OnVersion): Promise<NoticePayload> {
  const { at, said } = await settledPerson(context, written);
  const policy = found(policyOfPerson(context, at, on.policyId));
  return { notice: noticeOf(context, at, policy, on.versionId), warnings: written.warnings, ...said };
}

interface ConsentAsked {
  readonly policyId: string;
  readonly purposes: readonly string[];
  /** Whether the fact is a decision, for which there is a receipt. */
  readonly receipt: boolean;
}

async function consentPayload(
  context: ApiContext,
  written: FactWritten,
  { policyId, purposes, receipt }: ConsentAsked,
): Promise<ConsentPayload> {
  const { at, said } = await settledPerson(context, written);
  const policy = found(policyOfPerson(context, at, policyId));
  const issued = receipt ? receiptAt(context, at, written.position) : undefined;
  return {
    consents: purposes.map((purpose) => consentOf(context, at, policy, purpose)),
    ...(issued && { receipt: issued }),
    warnings: written.warnings,
    ...said,
  };
}
