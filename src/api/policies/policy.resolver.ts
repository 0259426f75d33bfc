import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import { inLocale } from '../../domain/locale-lookup';
import type { PolicyKind } from '../../domain/policy/policy.events';
import type { PoliciesRange, PolicyRow, Prefix } from '../../read-models/read-models';
import { Access, asParent, everyone } from '../auth/access';
import { type Connection, connectionOf } from '../connections';
import type { ApiContext } from '../context';
import { badUserInput } from '../errors';
import { openList } from '../list-cursor';
import { found, maySeePolicy, organisationsOf } from '../members';
import { OrganisationNode } from '../organisations/organisation.type';
import { DEFAULT_PAGE_SIZE } from '../page-size';
import { policyInForceFor } from '../people/policy-in-force-for';
import { Locale } from '../scalars';
import { defaultLocaleOf, momentOf, openScope, prefixOf, scopeAsOf } from '../scope';
import { AsOfInput } from '../time/as-of.input';
import { PolicyVersionConnection, PolicyVersionNode } from '../versions/policy-version.type';
import { PolicyConnection, PolicyNode } from './policy.type';
import { PolicyKindEnum } from './policy-enums';
import { PolicyInForceView } from './policy-in-force.type';

@Resolver(() => PolicyNode)
export class PolicyResolver {
  @Query(() => PolicyNode, {
    nullable: true,
    description: 'By id, or by handle: organisation slug / policy slug. Null when there is none for the caller.',
  })
  @Access(everyone)
  async policy(
    @Arg('id', () => ID, { nullable: true }) id: string | null | undefined,
    @Arg('handle', () => String, { nullable: true }) handle: string | null | undefined,
    @Ctx() context: ApiContext,
  ): Promise<PolicyNode | null> {
    const scope = await openScope(context);
    const row = policyNamed(context, scope.head, { id, handle });
    return row ? new PolicyNode(row, scope) : null;
  }

  @Query(() => PolicyConnection)
  @Access(everyone)
  async policies(
    @Arg('organisation', () => ID, { nullable: true }) organisation: string | null | undefined,
    @Arg('kind', () => PolicyKindEnum, { nullable: true }) kind: PolicyKind | null | undefined,
    @Arg('first', () => Int, { defaultValue: DEFAULT_PAGE_SIZE, nullable: true }) first: number | null | undefined,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
    @Ctx() context: ApiContext,
  ): Promise<Connection<PolicyNode>> {
    const name = `policies ${organisation ?? '*'} ${kind ?? '*'}`;
    const list = openList(context, await openScope(context), name, { first, after });
    const range: PoliciesRange = {
      ...(organisation != null && { organisation }),
      ...(kind != null && { kind }),
      visibleTo: organisationsOf(context),
      limit: list.limit,
      ...(list.after !== undefined && { after: list.after }),
    };
    const page = context.readModels.policiesPage(range, list.prefix);
    return connectionOf(context, list, page, { key: ({ n }) => n, node: (row) => new PolicyNode(row, list.scope) });
  }

  @Query(() => PolicyInForceView, {
    nullable: true,
    description: 'Which text was in force? By id or handle of the policy.',
  })
  @Access(everyone)
  async policyInForce(
    @Arg('policy', () => ID, { nullable: true }) id: string | null | undefined,
    @Arg('handle', () => String, { nullable: true }) handle: string | null | undefined,
    @Arg('asOf', () => AsOfInput, { nullable: true }) asOf: AsOfInput | null | undefined,
    @Arg('subject', () => ID, { nullable: true }) subject: string | null | undefined,
    @Ctx() context: ApiContext,
  ): Promise<PolicyInForceView> {
    const scope = await openScope(context);
    const row = policyNamed(context, scope.head, { policy: id, handle });
    return policyInForceFor(context, scope, found(row), asOf, subject);
  }

  @FieldResolver(() => String, { description: 'Organisation slug / policy slug.' })
  @Access(asParent)
  handle(@Root() policy: PolicyNode, @Ctx() context: ApiContext): string {
    return `${ownerOf(policy, context).slug}/${policy.row.slug}`;
  }

  @FieldResolver(() => String, { description: 'In the locale asked for, else in a default one.' })
  @Access(asParent)
  title(
    @Root() policy: PolicyNode,
    @Arg('locale', () => Locale, { nullable: true }) locale: string | null | undefined,
    @Arg('asOf', () => AsOfInput, { nullable: true }) asOf: AsOfInput | null | undefined,
    @Ctx() context: ApiContext,
  ): string {
    const { row } = policy;
    const scope = asOf ? scopeAsOf(context, policy.scope, row.organisation, asOf) : policy.scope;
    const { effectiveAt, n } = momentOf(context, scope);
    // Before it was there the policy already has the name that it then got first.
    const titles = context.readModels.policyTitles(row.id, { effectiveAt, n: Math.max(n, row.n) });
    return inLocale(titles, locale, defaultLocaleOf(context, scope, row.organisation))?.text ?? row.slug;
  }

  @FieldResolver(() => OrganisationNode)
  @Access(asParent)
  organisation(@Root() policy: PolicyNode, @Ctx() context: ApiContext): OrganisationNode {
    return new OrganisationNode(ownerOf(policy, context), policy.scope);
  }

  @FieldResolver(() => PolicyInForceView)
  @Access(asParent)
  inForce(
    @Root() policy: PolicyNode,
    @Arg('asOf', () => AsOfInput, { nullable: true }) asOf: AsOfInput | null | undefined,
    @Arg('subject', () => ID, { nullable: true }) subject: string | null | undefined,
    @Ctx() context: ApiContext,
  ): PolicyInForceView {
    return policyInForceFor(context, policy.scope, policy.row, asOf, subject);
  }

  @FieldResolver(() => PolicyVersionConnection, { description: 'Versions that had been published, by sequence.' })
  @Access(asParent)
  versions(
    @Root() policy: PolicyNode,
    @Arg('first', () => Int, { defaultValue: DEFAULT_PAGE_SIZE, nullable: true }) first: number | null | undefined,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
    @Arg('asOf', () => AsOfInput, { nullable: true }) asOf: AsOfInput | null | undefined,
    @Ctx() context: ApiContext,
  ): Connection<PolicyVersionNode> {
    const { row } = policy;
    const list = openList(context, policy.scope, `versions of ${row.id}`, { first, after, asOf }, row.organisation);
    const range = { policy: row.id, limit: list.limit, ...(list.after !== undefined && { after: list.after }) };
    const page = context.readModels.versionsPage(range, list.moment);
    return connectionOf(context, list, page, {
      key: ({ sequence }) => sequence,
      node: (version) => new PolicyVersionNode(version, row, list.scope),
    });
  }

  @FieldResolver(() => PolicyVersionNode, { nullable: true })
  @Access(asParent)
  version(
    @Root() policy: PolicyNode,
    @Arg('sequence', () => Int) sequence: number,
    @Arg('asOf', () => AsOfInput, { nullable: true }) asOf: AsOfInput | null | undefined,
    @Ctx() context: ApiContext,
  ): PolicyVersionNode | null {
    const { row } = policy;
    const scope = asOf ? scopeAsOf(context, policy.scope, row.organisation, asOf) : policy.scope;
    const version = context.readModels.versionBySequence(row.id, sequence, prefixOf(context, scope));
    if (version === undefined || version.publishedAt > momentOf(context, scope).effectiveAt) return null;
    return new PolicyVersionNode(version, row, scope);
  }
}

/** The policy that two ways of naming it name, as the caller may see it. @throws BAD_USER_INPUT none or both given */
export function policyNamed(context: ApiContext, head: Prefix, named: PolicyNames): PolicyRow | undefined {
  const { readModels } = context;
  const { handle } = named;
  const id = named.id ?? named.policy;
  if ((id == null) === (handle == null)) throw badUserInput('Give an id or a handle.');
  const row = id == null ? readModels.policyByHandle(handle ?? '', head) : readModels.policyById(id, head);
  return row && maySeePolicy(context, row) ? row : undefined;
}

interface PolicyNames {
  readonly id?: string | null | undefined;
  /** An id too, by the name that some fields give it. */
  readonly policy?: string | null | undefined;
  readonly handle: string | null | undefined;
}

function ownerOf({ row, scope }: PolicyNode, { readModels }: ApiContext) {
  const organisation = readModels.organisationById(row.organisation, scope.head);
  if (organisation === undefined) throw new Error(`Policy ${row.id} is of an organisation that is not there.`);
  return organisation;
}
