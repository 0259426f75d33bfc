import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Written } from '../../application/application';
import { linkSubject } from '../../application/subject-links';
import { registerSubjects } from '../../application/subject-rows';
import { classifySubject, registerSubject, revokeSubjectTokens, type SaidProfile } from '../../application/subjects';
import { instantAt } from '../../domain/time';
import { VaultInputInvalid } from '../../vault/vault';
import { requestOf, settle } from '../acting';
import { Access, membersOf } from '../auth/access';
import type { ApiContext } from '../context';
import { badUserInput } from '../errors';
import { given } from '../given';
import { found, inOrganisation } from '../members';
import { prefixOf, scopeOfNow } from '../scope';
import { SubjectPayload, SubjectsPayload, SubjectTokenPayload } from './people-payloads.type';
import { ofSubject, organisationOf } from './person-target';
import {
  SubjectClassifyInput,
  SubjectLinkInput,
  SubjectRegisterInput,
  SubjectsRegisterInput,
  SubjectTokenIssueInput,
  SubjectTokensRevokeInput,
} from './subject.input';
import { SubjectNode } from './subject.type';

const ofAnonymous = membersOf(
  ['service'],
  (_: unknown, { input }: { readonly input: SubjectLinkInput }, context: ApiContext) =>
    organisationOf(context, input.anonymous),
);

const ofTokenSubject = membersOf(
  ['service'],
  async (_: unknown, { input }: { readonly input: SubjectTokenIssueInput }, context: ApiContext) =>
    organisationOf(context, await tokenSubject(context, input)),
);

@Resolver()
export class SubjectMutationsResolver {
  @Mutation(() => SubjectPayload, { description: 'By a service. The same externalId is the same person.' })
  @Access(inOrganisation(['service']))
  async subjectRegister(
    @Arg('input', () => SubjectRegisterInput) input: SubjectRegisterInput,
    @Ctx() context: ApiContext,
  ): Promise<SubjectPayload> {
    const { organisation: organisationId, externalId, registeredAt } = given(input);
    const request = await requestOf(context, input);
    const written = await registerSubject(context.app, request, {
      organisationId,
      ...profileOf(input),
      ...(externalId !== undefined && { externalId }),
      ...(registeredAt !== undefined && { registeredAt }),
    });
    return subjectPayload(context, written, organisationId);
  }

  @Mutation(() => SubjectsPayload, { description: 'By a service. At most 1,000 rows; all or nothing is refused.' })
  @Access(inOrganisation(['service']))
  async subjectsRegister(
    @Arg('input', () => SubjectsRegisterInput) input: SubjectsRegisterInput,
    @Ctx() context: ApiContext,
  ): Promise<SubjectsPayload> {
    const { organisation: organisationId, rows } = input;
    const request = await requestOf(context, input);
    const { ids, position } = await registerSubjects(context.app, request, {
      organisationId,
      rows: rows.map(({ externalId, registeredAt, ...said }) => ({
        externalId,
        ...profileOf(said),
        ...(registeredAt != null && { registeredAt }),
      })),
    });
    const { scope, said } = await settle(context, position, organisationId);
    const prefix = prefixOf(context, scope);
    const nodes = ids.map((id) => new SubjectNode(found(context.readModels.subjectById(id, prefix)), scope));
    return { subjects: nodes, ...said };
  }

  @Mutation(() => SubjectPayload, { description: 'By a service: categories, customer and exempt from a date on.' })
  @Access(ofSubject(['service']))
  async subjectClassify(
    @Arg('input', () => SubjectClassifyInput) input: SubjectClassifyInput,
    @Ctx() context: ApiContext,
  ): Promise<SubjectPayload> {
    const { subject: subjectId, occurredAt } = input;
    const request = await requestOf(context, input);
    const written = await classifySubject(context.app, request, {
      subjectId,
      ...profileOf(input),
      // Here null says something: the person belongs to no customer any more.
      ...(input.customer === null && { customerId: null }),
      ...(occurredAt != null && { occurredAt }),
    });
    return subjectPayload(context, written, await organisationOf(context, subjectId));
  }

  @Mutation(() => SubjectPayload, { description: 'By a service: from here on the anonymous person is this account.' })
  @Access(ofAnonymous)
  async subjectLink(
    @Arg('input', () => SubjectLinkInput) input: SubjectLinkInput,
    @Ctx() context: ApiContext,
  ): Promise<SubjectPayload> {
    const { anonymous: anonymousId, account: accountId } = input;
    const organisationId = await organisationOf(context, accountId);
    const request = await requestOf(context, input);
    return subjectPayload(context, await linkSubject(context.app, request, { anonymousId, accountId }), organisationId);
  }

  @Mutation(() => SubjectTokenPayload, {
    description: "By a service: a short-lived token for the person's own client. It is answered once and kept nowhere.",
  })
  @Access(ofTokenSubject)
  async subjectTokenIssue(
    @Arg('input', () => SubjectTokenIssueInput) input: SubjectTokenIssueInput,
    @Ctx() context: ApiContext,
  ): Promise<SubjectTokenPayload> {
    const subject = await tokenSubject(context, input);
    const organisationId = await organisationOf(context, subject);
    const { slug } = found(context.readModels.organisationById(organisationId, scopeOfNow(context).head));
    const { validForSeconds } = given(input);
    const { token, expiresAt } = await context.subjectTokens.issue({
      subject,
      organisation: slug,
      ...(validForSeconds !== undefined && { validForSeconds }),
    });
    return { token, expiresAt: instantAt(expiresAt), userErrors: [] };
  }

  @Mutation(() => SubjectPayload, { description: 'By a service: no token issued to the person before is any good.' })
  @Access(ofSubject(['service']))
  async subjectTokensRevoke(
    @Arg('input', () => SubjectTokensRevokeInput) input: SubjectTokensRevokeInput,
    @Ctx() context: ApiContext,
  ): Promise<SubjectPayload> {
    const { subject: subjectId } = input;
    const request = await requestOf(context, input);
    const written = await revokeSubjectTokens(context.app, request, { subjectId });
    return subjectPayload(context, written, await organisationOf(context, subjectId));
  }
}

function profileOf(input: Pick<SubjectRegisterInput, 'categories' | 'customer' | 'exempt'>): SaidProfile {
  const { categories, customer, exempt } = given(input);
  return {
    ...(categories !== undefined && { categories }),
    ...(customer !== undefined && { customerId: customer }),
    ...(exempt !== undefined && { exempt }),
  };
}

/** The person as of the write. */
export async function subjectPayload(
  context: ApiContext,
  { id, position }: Written,
  organisationId: string,
): Promise<SubjectPayload> {
  const { scope, said } = await settle(context, position, organisationId);
  return {
    subject: new SubjectNode(found(context.readModels.subjectById(id, prefixOf(context, scope))), scope),
    ...said,
  };
}

async function tokenSubject(context: ApiContext, input: SubjectTokenIssueInput): Promise<string> {
  const { subject, organisation, externalId } = given(input);
  if (subject !== undefined && organisation === undefined && externalId === undefined) return subject;
  if (subject !== undefined || organisation === undefined || externalId === undefined) {
    throw badUserInput('Give subject, or organisation and externalId.');
  }
  try {
    const [known] = await context.app.vault.findSubjects(organisation, [externalId]);
    return found(known);
  } catch (error) {
    if (error instanceof VaultInputInvalid) throw badUserInput(error.message);
    throw error;
  }
}
