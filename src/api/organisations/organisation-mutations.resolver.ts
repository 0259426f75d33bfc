import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Written } from '../../application/application';
import { amendOrganisation, registerOrganisation } from '../../application/organisations';
import { requestOf, settle } from '../acting';
import { Access, anyOf, membersOf, operator } from '../auth/access';
import type { ApiContext } from '../context';
import { given } from '../given';
import { found } from '../members';
import { openScope } from '../scope';
import { OrganisationAmendInput, OrganisationRegisterInput } from './organisation.input';
import { OrganisationNode } from './organisation.type';
import { OrganisationPayload } from './organisation-payload.type';

/** A service registers customers of its own organisation, and of no other. */
const ownCustomer = membersOf(
  ['service'],
  async (_: unknown, { input }: { readonly input: OrganisationRegisterInput }, context: ApiContext) => {
    const { head } = await openScope(context);
    return input.customerOf == null ? undefined : found(context.readModels.organisationById(input.customerOf, head)).id;
  },
);

@Resolver()
export class OrganisationMutationsResolver {
  @Mutation(() => OrganisationPayload, {
    description: 'By the operator; a service may register customers of its own organisation.',
  })
  @Access(anyOf(operator, ownCustomer))
  async organisationRegister(
    @Arg('input', () => OrganisationRegisterInput) input: OrganisationRegisterInput,
    @Ctx() context: ApiContext,
  ): Promise<OrganisationPayload> {
    await openScope(context);
    const { idempotencyKey: _, approvalRequired = true, ...registration } = given(input);
    const { customerOf } = registration;
    if (customerOf !== undefined) found(context.readModels.organisationById(customerOf, context.readModels.applied()));
    const request = await requestOf(context, input);
    return payload(context, await registerOrganisation(context.app, request, { ...registration, approvalRequired }));
  }

  @Mutation(() => OrganisationPayload, { description: 'By the operator. Only what is given and differs is recorded.' })
  @Access(operator)
  async organisationAmend(
    @Arg('input', () => OrganisationAmendInput) input: OrganisationAmendInput,
    @Ctx() context: ApiContext,
  ): Promise<OrganisationPayload> {
    await openScope(context);
    const { idempotencyKey: _, organisation: organisationId, retention = {}, ...amendment } = given(input);
    found(context.readModels.organisationById(organisationId, context.readModels.applied()));
    const request = await requestOf(context, input);
    const amended = { organisationId, ...amendment, ...given(retention) };
    return payload(context, await amendOrganisation(context.app, request, amended));
  }
}

async function payload(context: ApiContext, { id, position }: Written): Promise<OrganisationPayload> {
  const { scope, said } = await settle(context, position, id);
  const row = found(context.readModels.organisationById(id, scope.head));
  return { ...said, organisation: new OrganisationNode(row, scope) };
}
