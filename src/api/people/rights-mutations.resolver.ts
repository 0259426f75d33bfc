import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Application, RequestContext, Written } from '../../application/application';
import { correctFact } from '../../application/corrections';
import {
  declineErasure,
  eraseSubject,
  liftLegalHold,
  placeLegalHold,
  requestErasure,
  type WithReason,
} from '../../application/erasures';
import type { FactRow } from '../../read-models/read-models';
import { requestOf, settle } from '../acting';
import { Access, membersOf } from '../auth/access';
import type { ApiContext } from '../context';
import { LoggedFactView } from '../facts/logged-fact.type';
import { given } from '../given';
import { found } from '../members';
import { decodePosition } from '../position';
import { openScope, scopeOfNow } from '../scope';
import { FactCorrectInput } from './decision.input';
import { FactPayload, SubjectPayload } from './people-payloads.type';
import { byPersonOr, ofSubject, organisationOf, targetOf, withOwnToken } from './person-target';
import {
  LegalHoldInput,
  SubjectEraseInput,
  SubjectErasureDeclineInput,
  SubjectErasureRequestInput,
} from './rights.input';
import { subjectPayload } from './subject-mutations.resolver';

const ofFact = membersOf(
  ['officer'],
  async (_: unknown, { input }: { readonly input: FactCorrectInput }, context: ApiContext) => {
    await openScope(context);
    const { subject } = factNamed(context, input.corrects);
    return organisationOf(context, found(subject));
  },
);

@Resolver()
export class RightsMutationsResolver {
  @Mutation(() => FactPayload, {
    description: 'By an officer: from here on the fact stands as corrected, at every instant. Both stay in the log.',
  })
  @Access(ofFact)
  async factCorrect(
    @Arg('input', () => FactCorrectInput) input: FactCorrectInput,
    @Ctx() context: ApiContext,
  ): Promise<FactPayload> {
    const { corrects, void: isVoid = false, idempotencyKey: _, ...changes } = given(input);
    const fact = factNamed(context, corrects);
    const request = await requestOf(context, input);
    const written = await correctFact(context.app, request, {
      ...changes,
      subjectId: found(fact.subject),
      corrects: fact.version,
      void: isVoid,
    });
    const { scope, said } = await settle(context, written.position, fact.organisation);
    const row = found(context.readModels.factByPosition(written.position, scope.head));
    return { fact: new LoggedFactView(row, context, scope), warnings: [], ...said };
  }

  @Mutation(() => SubjectPayload, { description: 'By the person or a service. Asking is not erasing.' })
  @Access(byPersonOr(['service']))
  async subjectErasureRequest(
    @Arg('input', () => SubjectErasureRequestInput) input: SubjectErasureRequestInput,
    @Ctx() context: ApiContext,
  ): Promise<SubjectPayload> {
    const subjectId = targetOf(context, input);
    const organisationId = await organisationOf(context, subjectId);
    const request = { ...(await requestOf(context, input)), ...withOwnToken(context, subjectId) };
    return subjectPayload(context, await requestErasure(context.app, request, { subjectId }), organisationId);
  }

  @Mutation(() => SubjectPayload, { description: 'By an officer, with the reason that the person is told.' })
  @Access(ofSubject(['officer']))
  subjectErasureDecline(
    @Arg('input', () => SubjectErasureDeclineInput) input: SubjectErasureDeclineInput,
    @Ctx() context: ApiContext,
  ): Promise<SubjectPayload> {
    return withReason(context, input, declineErasure);
  }

  @Mutation(() => SubjectPayload, { description: 'By an officer (GDPR Art. 17). Under a legal hold it waits.' })
  @Access(ofSubject(['officer']))
  subjectErase(
    @Arg('input', () => SubjectEraseInput) input: SubjectEraseInput,
    @Ctx() context: ApiContext,
  ): Promise<SubjectPayload> {
    return withReason(context, input, eraseSubject);
  }

  @Mutation(() => SubjectPayload, { description: 'By an officer: the person is not erased while it stands.' })
  @Access(ofSubject(['officer']))
  legalHoldPlace(
    @Arg('input', () => LegalHoldInput) input: LegalHoldInput,
    @Ctx() context: ApiContext,
  ): Promise<SubjectPayload> {
    const { until } = given(input);
    return withReason(context, input, (app, request, held) =>
      placeLegalHold(app, request, { ...held, ...(until !== undefined && { until }) }),
    );
  }

  @Mutation(() => SubjectPayload, { description: 'By an officer. An erasure that waited for it is carried out.' })
  @Access(ofSubject(['officer']))
  legalHoldLift(
    @Arg('input', () => LegalHoldInput) input: LegalHoldInput,
    @Ctx() context: ApiContext,
  ): Promise<SubjectPayload> {
    return withReason(context, input, liftLegalHold);
  }
}

/** @throws BAD_POSITION NOT_FOUND */
function factNamed(context: ApiContext, position: string): FactRow {
  const stored = decodePosition(context.app.logId, position);
  return found(context.readModels.factByPosition(stored, scopeOfNow(context).head));
}

async function withReason(
  context: ApiContext,
  input: { readonly subject: string; readonly reason: string; readonly idempotencyKey?: string | null },
  act: (app: Application, request: RequestContext, input: WithReason) => Promise<Written>,
): Promise<SubjectPayload> {
  const { subject: subjectId, reason } = input;
  const organisationId = await organisationOf(context, subjectId);
  const written = await act(context.app, await requestOf(context, input), { subjectId, reason });
  return subjectPayload(context, written, organisationId);
}
