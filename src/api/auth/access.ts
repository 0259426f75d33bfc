import { Extensions } from 'type-graphql';
import type { Caller, OrganisationRole } from './caller';

/**
 * Who may read a field. Every field of every object type states one, by {@link Access} on the field or by
 * {@link AccessDefault} on its type; a field that says nothing stops the start.
 *
 * `parent` means whoever was given the object may read the field; it is not for Query, Mutation and Subscription.
 */
export type AccessRule =
  | { readonly kind: 'public' }
  | { readonly kind: 'parent' }
  | { readonly kind: 'authenticated' }
  | { readonly kind: 'operator' }
  | MembersRule
  | OwnSubjectRule
  | { readonly kind: 'any'; readonly rules: readonly AccessRule[] };

export interface MembersRule {
  readonly kind: 'members';
  readonly roles: readonly OrganisationRole[];
  readonly organisationOf: ObjectOwner;
}

export interface OwnSubjectRule {
  readonly kind: 'own-subject';
  readonly subjectOf: ObjectOwner;
}

/**
 * Finds the id of whoever owns what the field is about (an organisation or a subject); undefined when there is no such
 * thing, which denies.
 *
 * It runs before the arguments are validated: they have the types of the schema, and nothing more may be taken for
 * granted. For a root field `source` is nothing to rely on.
 */
export type ObjectOwner = OwnerDeclaration['of'];
interface OwnerDeclaration {
  // A method, so that a rule may name the type of its own source, arguments and context.
  of(source: unknown, args: unknown, context: AccessContext): string | undefined | Promise<string | undefined>;
}

/** What the rules need of a request's context. */
export interface AccessContext {
  readonly caller: Caller;
  /** Id of the organisation with this slug. Asked for each grant that matters: remember it for the request. */
  organisationIdOf(slug: string): string | undefined | Promise<string | undefined>;
}

/**
 * What a caller gets who may not: an error, nothing at all, or (`not-found`) for holders of the role in another
 * organisation the same NOT_FOUND as if the thing did not exist, so that an id is no oracle.
 */
export type Denial = 'error' | 'null' | 'not-found';

/** A rule as it stands at a field. Without `denied`: null for a nullable field of an object, else an error. */
export interface AccessStatement {
  readonly rule: AccessRule;
  readonly denied?: Denial;
}

/** Key under which a statement stands in a GraphQL field's or type's extensions. */
export const ACCESS_EXTENSION = 'access';

/** States who may read a field, next to its `@Field`, `@FieldResolver`, `@Query`, `@Mutation` or `@Subscription`. */
export function Access(rule: AccessRule, denied?: Denial): MethodDecorator & PropertyDecorator {
  return Extensions({ [ACCESS_EXTENSION]: denied === undefined ? { rule } : { rule, denied } });
}

/** States who may read those fields of an object type that say nothing themselves. */
export function AccessDefault(rule: AccessRule): ClassDecorator {
  return Extensions({ [ACCESS_EXTENSION]: { rule } });
}

/** Everybody, also without a token. */
export const everyone: AccessRule = { kind: 'public' };
/** Whoever was given the object. */
export const asParent: AccessRule = { kind: 'parent' };
/** Every bearer of a good token. */
export const anyoneAuthenticated: AccessRule = { kind: 'authenticated' };
/** Those who run the installation. */
export const operator: AccessRule = { kind: 'operator' };

/** Holders of one of `roles` in the organisation that `organisationOf` answers (its id). */
export function membersOf(roles: readonly OrganisationRole[], organisationOf: ObjectOwner): AccessRule {
  return { kind: 'members', roles, organisationOf };
}

/** The person with a token of their own for the subject that `subjectOf` answers. */
export function ownSubject(subjectOf: ObjectOwner): AccessRule {
  return { kind: 'own-subject', subjectOf };
}

/** Whoever any of the rules admits, tried in their order. */
export function anyOf(...rules: readonly [AccessRule, AccessRule, ...AccessRule[]]): AccessRule {
  return { kind: 'any', rules };
}
