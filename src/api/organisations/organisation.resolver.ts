import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import type { Retention } from '../../domain/organisation/organisation.events';
import { Access, asParent, everyone } from '../auth/access';
import { type Connection, connectionOf } from '../connections';
import type { ApiContext } from '../context';
import { badUserInput } from '../errors';
import { openList } from '../list-cursor';
import { membersAndOperator, organisationsOf } from '../members';
import { DEFAULT_PAGE_SIZE } from '../page-size';
import { PolicyConnection, PolicyNode } from '../policies/policy.type';
import { openScope } from '../scope';
import { OrganisationConnection, OrganisationNode, RetentionView } from './organisation.type';

const settings = membersAndOperator((organisation: OrganisationNode) => organisation.id);

@Resolver(() => OrganisationNode)
export class OrganisationResolver {
  @Query(() => OrganisationNode, { nullable: true, description: 'By id or by slug. Null when there is none.' })
  @Access(everyone)
  async organisation(
    @Arg('id', () => ID, { nullable: true }) id: string | null | undefined,
    @Arg('slug', () => String, { nullable: true }) slug: string | null | undefined,
    @Ctx() context: ApiContext,
  ): Promise<OrganisationNode | null> {
    const scope = await openScope(context);
    if ((id == null) === (slug == null)) throw badUserInput('Give id or slug.');
    const { readModels } = context;
    const row =
      id == null ? readModels.organisationBySlug(slug ?? '', scope.head) : readModels.organisationById(id, scope.head);
    return row ? new OrganisationNode(row, scope) : null;
  }

  @Query(() => OrganisationConnection)
  @Access(everyone)
  async organisations(
    @Arg('first', () => Int, { defaultValue: DEFAULT_PAGE_SIZE, nullable: true }) first: number | null | undefined,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
    @Ctx() context: ApiContext,
  ): Promise<Connection<OrganisationNode>> {
    const list = openList(context, await openScope(context), 'organisations', { first, after });
    const page = context.readModels.organisationsPage(
      { limit: list.limit, ...(list.after !== undefined && { after: list.after }) },
      list.prefix,
    );
    return connectionOf(context, list, page, {
      key: ({ n }) => n,
      node: (row) => new OrganisationNode(row, list.scope),
    });
  }

  @FieldResolver(() => OrganisationNode, {
    nullable: true,
    description: 'Set for a customer: the processor that it is a customer of.',
  })
  @Access(asParent)
  customerOf(@Root() { row, scope }: OrganisationNode, @Ctx() { readModels }: ApiContext): OrganisationNode | null {
    const processor =
      row.customerOf === undefined ? undefined : readModels.organisationById(row.customerOf, scope.head);
    return processor ? new OrganisationNode(processor, scope) : null;
  }

  @FieldResolver(() => Boolean, {
    nullable: true,
    description: 'A publication needs the approval of somebody who wrote none of it. For members.',
  })
  @Access(settings)
  approvalRequired(@Root() { row }: OrganisationNode): boolean {
    return row.approvalRequired;
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description: 'Days of notice for changes that people must be told of in advance. For members.',
  })
  @Access(settings)
  noticeLeadDays(@Root() { row }: OrganisationNode): number {
    return row.noticeLeadDays;
  }

  @FieldResolver(() => RetentionView, { nullable: true, description: 'For members.' })
  @Access(settings)
  retention(@Root() { row }: OrganisationNode): Retention {
    return row.retention;
  }

  @FieldResolver(() => PolicyConnection)
  @Access(asParent)
  policies(
    @Root() organisation: OrganisationNode,
    @Arg('first', () => Int, { defaultValue: DEFAULT_PAGE_SIZE, nullable: true }) first: number | null | undefined,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
    @Ctx() context: ApiContext,
  ): Connection<PolicyNode> {
    const { id } = organisation;
    const list = openList(context, organisation.scope, `policies of ${id}`, { first, after });
    const range = {
      organisation: id,
      visibleTo: organisationsOf(context),
      limit: list.limit,
      ...(list.after !== undefined && { after: list.after }),
    };
    const page = context.readModels.policiesPage(range, list.prefix);
    return connectionOf(context, list, page, { key: ({ n }) => n, node: (row) => new PolicyNode(row, list.scope) });
  }
}
