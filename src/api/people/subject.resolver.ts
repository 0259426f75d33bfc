import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import type { Profile } from '../../domain/subject/subject.events';
import type { SubjectRow } from '../../read-models/people';
import { VaultInputInvalid } from '../../vault/vault';
import { Access, anyOf, anyoneAuthenticated, asParent, membersOf } from '../auth/access';
import type { ApiContext } from '../context';
import { badUserInput } from '../errors';
import { found, organisationsOf } from '../members';
import { OrganisationNode } from '../organisations/organisation.type';
import { momentOf, openScope, prefixOf, type Scope, type Stamped, scopeAsOf } from '../scope';
import { AsOfInput } from '../time/as-of.input';
import { SubjectNode } from './subject.type';
import { assertMayReadAt, PEOPLE_READERS, visibleSubject } from './visible-subject';

/** People asked for at once, by a gateway say. */
export const MAX_SUBJECTS = 200;

interface PeopleArgs {
  readonly organisation: string;
}

/** Those who see all its people, and officers of its customers, who find their own alone (rule O1). */
const peopleOf = anyOf(
  membersOf(PEOPLE_READERS, async (_: unknown, { organisation }: PeopleArgs, context: ApiContext) => {
    const { head } = await openScope(context);
    return found(context.readModels.organisationById(organisation, head)).id;
  }),
  membersOf(['officer'], async (_: unknown, { organisation }: PeopleArgs, context: ApiContext) => {
    const { head } = await openScope(context);
    const isCustomer = (id: string) => context.readModels.organisationById(id, head)?.customerOf === organisation;
    return organisationsOf(context, ['officer']).find(isCustomer);
  }),
);

@Resolver(() => SubjectNode)
export class SubjectResolver {
  @Query(() => SubjectNode, { nullable: true, description: "The person whose own token this is; null with another's." })
  @Access(anyoneAuthenticated)
  async me(@Ctx() context: ApiContext): Promise<SubjectNode | null> {
    const { caller } = context;
    const scope = await openScope(context);
    if (caller.kind === 'anonymous' || caller.subject === undefined) return null;
    return subjectNode(context, scope, caller.subject);
  }

  @Query(() => SubjectNode, {
    nullable: true,
    description: 'By id, or by organisation and externalId (never over GET). Null when there is none for the caller.',
  })
  @Access(anyoneAuthenticated)
  async subject(
    @Arg('id', () => ID, { nullable: true }) id: string | null | undefined,
    @Arg('organisation', () => ID, { nullable: true }) organisation: string | null | undefined,
    @Arg('externalId', () => String, { nullable: true }) externalId: string | null | undefined,
    @Ctx() context: ApiContext,
  ): Promise<SubjectNode | null> {
    const scope = await openScope(context);
    if (id != null && organisation == null && externalId == null) return subjectNode(context, scope, id);
    if (id != null || organisation == null || externalId == null) {
      throw badUserInput('Give id, or organisation and externalId.');
    }
    const [known] = await idsOf(context, organisation, [externalId]);
    return known === undefined ? null : subjectNode(context, scope, known);
  }

  @Query(() => [SubjectNode], {
    nullable: 'items',
    description:
      'People of an organisation, at most 200, by ids or externalIds (never over GET), in the order asked; null where there is none for the caller.',
  })
  @Access(peopleOf, 'not-found')
  async subjects(
    @Arg('organisation', () => ID) organisation: string,
    @Arg('ids', () => [ID], { nullable: true }) ids: string[] | null | undefined,
    @Arg('externalIds', () => [String], { nullable: true }) externalIds: string[] | null | undefined,
    @Ctx() context: ApiContext,
  ): Promise<readonly (SubjectNode | null)[]> {
    const scope = await openScope(context);
    if ((ids == null) === (externalIds == null)) throw badUserInput('Give ids or externalIds.');
    const asked = (ids ?? externalIds ?? []).length;
    if (asked > MAX_SUBJECTS) throw badUserInput(`At most ${MAX_SUBJECTS} people may be asked for.`);
    const known = ids ?? (await idsOf(context, organisation, externalIds ?? []));
    return known.map((id) => {
      const node = id === undefined ? null : subjectNode(context, scope, id);
      return node?.row.organisation === organisation ? node : null;
    });
  }

  @FieldResolver(() => OrganisationNode)
  @Access(asParent)
  organisation(@Root() { row, scope }: SubjectNode, @Ctx() context: ApiContext): OrganisationNode {
    return new OrganisationNode(found(context.readModels.organisationById(row.organisation, scope.head)), scope);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: "The product's own id of the person, as it is now; null for anonymous and erased persons.",
  })
  @Access(asParent)
  async externalId(@Root() { row, scope }: SubjectNode): Promise<string | null> {
    return scope.loaders.externalIds.load(row.id);
  }

  @FieldResolver(() => [String])
  @Access(asParent)
  categories(
    @Root() subject: SubjectNode,
    @Arg('asOf', () => AsOfInput, { nullable: true }) asOf: AsOfInput | null | undefined,
    @Ctx() context: ApiContext,
  ): readonly string[] {
    return profileAt(context, subject, asOf)?.categories ?? [];
  }

  @FieldResolver(() => OrganisationNode, { nullable: true })
  @Access(asParent)
  customer(
    @Root() subject: SubjectNode,
    @Arg('asOf', () => AsOfInput, { nullable: true }) asOf: AsOfInput | null | undefined,
    @Ctx() context: ApiContext,
  ): OrganisationNode | null {
    const customerId = profileAt(context, subject, asOf)?.customerId;
    const { head } = subject.scope;
    const row = customerId === undefined ? undefined : context.readModels.organisationById(customerId, head);
    return row ? new OrganisationNode(row, subject.scope) : null;
  }

  @FieldResolver(() => Boolean, { description: 'A service account: nothing is asked of it.' })
  @Access(asParent)
  exempt(
    @Root() subject: SubjectNode,
    @Arg('asOf', () => AsOfInput, { nullable: true }) asOf: AsOfInput | null | undefined,
    @Ctx() context: ApiContext,
  ): boolean {
    return profileAt(context, subject, asOf)?.exempt ?? false;
  }
}

/** The person where a scope answers, as the caller may see them. */
export function subjectNode(context: ApiContext, scope: Scope, id: string): SubjectNode | null {
  const row = visibleSubject(context, id, prefixOf(context, scope), momentOf(context, scope));
  return row ? new SubjectNode(row, scope) : null;
}

/** A field of a person at a stamp of its own, if it is given one. @throws NOT_FOUND and those of asOf */
export function scopeOfSubject(
  context: ApiContext,
  { row, scope }: { readonly row: SubjectRow; readonly scope: Scope },
  asOf: AsOfInput | null | undefined,
): Scope & Stamped {
  const at = scopeAsOf(context, scope, row.organisation, asOf);
  if (asOf) assertMayReadAt(context, row, at);
  return at;
}

function profileAt(context: ApiContext, subject: SubjectNode, asOf: AsOfInput | null | undefined): Profile | undefined {
  const scope = asOf ? scopeOfSubject(context, subject, asOf) : subject.scope;
  return context.readModels.profileOf(subject.row.id, momentOf(context, scope));
}

/** Ids by the product's own, for those who may see anybody of that organisation; else nobody is known. */
async function idsOf(
  context: ApiContext,
  organisation: string,
  externalIds: readonly string[],
): Promise<readonly (string | undefined)[]> {
  if (context.inAddress) throw badUserInput('An externalId does not belong in an address: ask with POST.');
  try {
    return await context.app.vault.findSubjects(organisation, externalIds);
  } catch (error) {
    if (error instanceof VaultInputInvalid) throw badUserInput(error.message);
    throw error;
  }
}
