import type { PolicyRow, Prefix, VersionRow } from '../read-models/read-models';
import { type AccessRule, anyOf, membersOf, type ObjectOwner, operator } from './auth/access';
import type { OrganisationRole } from './auth/caller';
import type { ApiContext } from './context';
import { notFound } from './errors';
import { openScope } from './scope';

/** Every role that holds in an organisation: its members. */
export const MEMBERS: readonly OrganisationRole[] = ['service', 'editor', 'approver', 'publisher', 'officer'];
/** Who reads drafts. */
export const DRAFT_READERS: readonly OrganisationRole[] = ['editor', 'approver', 'publisher', 'officer'];
/** Who reads the log of an organisation. */
export const FACT_READERS: readonly OrganisationRole[] = ['officer', 'service'];

/** Ids of the organisations in which the caller has one of the roles. */
export function organisationsOf(
  { caller, readModels }: ApiContext,
  roles: readonly OrganisationRole[] = MEMBERS,
): readonly string[] {
  if (caller.kind === 'anonymous') return [];
  const head = readModels.applied();
  return caller.roles.flatMap(({ role, organisation }) => {
    if (organisation === undefined || !roles.some((each) => each === role)) return [];
    return readModels.organisationBySlug(organisation, head)?.id ?? [];
  });
}

/** A policy is public once a version of it was published; until then only members know that it is there. */
export function maySeePolicy(context: ApiContext, policy: PolicyRow): boolean {
  return policy.published || organisationsOf(context).includes(policy.organisation);
}

/** The policy as the caller may see it at a prefix; undefined when there is none for them. */
export function visiblePolicy(context: ApiContext, id: string, prefix: Prefix): PolicyRow | undefined {
  const policy = context.readModels.policyById(id, prefix);
  return policy && maySeePolicy(context, policy) ? policy : undefined;
}

/** A version with its policy, as {@link visiblePolicy}. */
export function visibleVersion(
  context: ApiContext,
  id: string,
  prefix: Prefix,
): { readonly version: VersionRow; readonly policy: PolicyRow } | undefined {
  const version = context.readModels.versionById(id, prefix);
  const policy = version && visiblePolicy(context, version.policy, prefix);
  return version && policy ? { version, policy } : undefined;
}

/** Members of the organisation, and who runs the installation. */
export const membersAndOperator = (organisationOf: ObjectOwner): AccessRule =>
  anyOf(membersOf(MEMBERS, organisationOf), operator);

/**
 * Rules for mutations. Each finds the organisation concerned by an id of the input; what does not exist or may not be
 * seen answers NOT_FOUND to whoever holds the role anywhere, so that an id is no oracle. What may be seen without the
 * role in its organisation is FORBIDDEN.
 */
export function inOrganisation(roles: readonly OrganisationRole[]): AccessRule {
  return membersOf(roles, async (_: unknown, { input }: InputOf<'organisation'>, context: ApiContext) => {
    return found(context.readModels.organisationById(input.organisation, await appliedBy(context))).id;
  });
}

export function ofPolicy(roles: readonly OrganisationRole[]): AccessRule {
  return membersOf(roles, async (_: unknown, { input }: InputOf<'policy'>, context: ApiContext) => {
    return found(visiblePolicy(context, input.policy, await appliedBy(context))).organisation;
  });
}

export function ofVersion(roles: readonly OrganisationRole[]): AccessRule {
  return membersOf(roles, async (_: unknown, { input }: InputOf<'version'>, context: ApiContext) => {
    return found(visibleVersion(context, input.version, await appliedBy(context))).policy.organisation;
  });
}

/** What the node knows by now: an earlier mutation of the same operation may have made what this one is about. */
async function appliedBy(context: ApiContext): Promise<Prefix> {
  await openScope(context);
  return context.readModels.applied();
}

type InputOf<Name extends string> = { readonly input: { readonly [name in Name]: string } };

export function found<Thing>(thing: Thing | undefined): Thing {
  if (thing === undefined) throw notFound();
  return thing;
}
