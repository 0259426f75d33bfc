import { type AccessRule, anyOf, membersOf, ownSubject } from '../auth/access';
import type { OrganisationRole } from '../auth/caller';
import type { ApiContext } from '../context';
import { notFound } from '../errors';
import { found } from '../members';
import { momentOf, openScope, scopeOfNow } from '../scope';
import { isOwn, visibleSubject } from './visible-subject';

interface OnSubject {
  readonly input: { readonly subject?: string | null };
}

/** Whom a mutation is about: the person named, else the one whose own token this is. */
export function targetOf({ caller }: ApiContext, { subject }: OnSubject['input']): string {
  const target = subject ?? (caller.kind === 'token' ? caller.subject : undefined);
  if (target === undefined) throw notFound();
  return target;
}

/** Those roles in the organisation of the person named. What the caller may not see answers NOT_FOUND. */
export function ofSubject(roles: readonly OrganisationRole[]): AccessRule {
  return membersOf(roles, (_: unknown, { input }: OnSubject, context: ApiContext) =>
    organisationOf(context, targetOf(context, input)),
  );
}

/** The person with a token of their own, or those roles in the person's organisation. */
export function byPersonOr(roles: readonly OrganisationRole[]): AccessRule {
  const own = ownSubject((_: unknown, { input }: OnSubject, { caller }: ApiContext) =>
    caller.kind === 'token' ? (input.subject ?? caller.subject) : undefined,
  );
  return anyOf(own, ofSubject(roles));
}

/** What the node knows by now: an earlier mutation of the same operation may have registered the person. */
export async function organisationOf(context: ApiContext, subjectId: string): Promise<string> {
  await openScope(context);
  const scope = scopeOfNow(context);
  // Whose own token it is may ask; once they are linked the decision itself refuses it (rule D7).
  const asked = isOwn(context, subjectId)
    ? context.readModels.subjectById(subjectId, scope.head)
    : visibleSubject(context, subjectId, scope.head, momentOf(context, scope));
  return found(asked).organisation;
}

/** True when the person's own token is what asks: it may tell of nothing old (rule S5). */
export function withOwnToken(context: ApiContext, subjectId: string): { readonly ownToken?: true } {
  return isOwn(context, subjectId) ? { ownToken: true } : {};
}
