import { subjectLinked } from '../../domain/subject/subject.refusals';
import type { SubjectRow } from '../../read-models/people';
import type { Moment, Prefix } from '../../read-models/read-models';
import type { ApiContext } from '../context';
import { notFound } from '../errors';
import { organisationsOf } from '../members';
import { momentOf, prefixOf, type Scope } from '../scope';

/** Who reads the people of an organisation. */
export const PEOPLE_READERS = ['service', 'officer'] as const;

/**
 * The person as the caller may see them: the person with a token of their own, services and officers of their
 * organisation, and officers of the customer that they belong to at that instant (rule O1). What is kept of an erased
 * person is for officers alone (rule E3). Undefined when there is none for the caller.
 */
export function visibleSubject(context: ApiContext, id: string, prefix: Prefix, at: Moment): SubjectRow | undefined {
  const row = context.readModels.subjectById(id, prefix);
  return row && maySeeSubject(context, row, at) ? row : undefined;
}

export function maySeeSubject(context: ApiContext, row: SubjectRow, at: Moment): boolean {
  const { caller, readModels } = context;
  if (caller.kind === 'anonymous') return false;
  if (readsOwn(context, row.id)) return true;
  const erased = readModels.subjectById(row.id, readModels.applied())?.erasedAt !== undefined;
  if (organisationsOf(context, erased ? ['officer'] : PEOPLE_READERS).includes(row.organisation)) return true;
  const officerOf = organisationsOf(context, ['officer']);
  if (officerOf.length === 0) return false;
  const customer = readModels.profileOf(row.id, at)?.customerId;
  return customer !== undefined && officerOf.includes(customer);
}

/** True with the person's own token, unless an account stands for them by now: it reaches nothing of that (rule D7). */
export function readsOwn(context: ApiContext, subjectId: string): boolean {
  return isOwn(context, subjectId) && !isLinkedAway(context, subjectId);
}

/** @throws Refusal SUBJECT_LINKED the own token of an anonymous person who is linked to an account */
export function assertNotLinkedAway(context: ApiContext, subjectId: string): void {
  if (isOwn(context, subjectId) && isLinkedAway(context, subjectId)) throw subjectLinked();
}

/** True for an anonymous person whom an account stands for, as this node knows by now. */
export function isLinkedAway({ readModels }: ApiContext, subjectId: string): boolean {
  return readModels.subjectById(subjectId, readModels.applied())?.linkedTo !== undefined;
}

/** True with the person's own token. */
export function isOwn({ caller }: ApiContext, subjectId: string): boolean {
  return caller.kind === 'token' && caller.subject === subjectId && caller.roles.some(({ role }) => role === 'subject');
}

/**
 * Asserts that a field which answers at another instant than its parent may be read there: a customer's officer reads
 * a person's facts of the dates at which the person belonged to that customer.
 * @throws NOT_FOUND
 */
export function assertMayReadAt(context: ApiContext, row: SubjectRow, scope: Scope): void {
  if (!maySeeSubject(context, row, momentOf(context, scope))) throw notFound();
}

/** As {@link visibleSubject}, where a scope answers. @throws NOT_FOUND */
export function readableSubject(context: ApiContext, id: string, scope: Scope): SubjectRow {
  const row = visibleSubject(context, id, prefixOf(context, scope), momentOf(context, scope));
  if (row === undefined) throw notFound();
  return row;
}
