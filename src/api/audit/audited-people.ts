import { createHash } from 'node:crypto';
import { canonicalJson } from '../../domain/canonical-json';
import { concerns } from '../../domain/subject/concerns';
import type { PersonFacts } from '../../domain/subject/person-facts';
import { instantAt } from '../../domain/time';
import { heldUntil } from '../../read-models/people';
import type { PopulationPage } from '../../read-models/population';
import type { ApiContext } from '../context';
import { encodeListCursor, type OpenList, openList, type PageAsked } from '../list-cursor';
import { found } from '../members';
import { type PolicyOfPerson, policyOfPerson, type StampedScope } from '../people/person-at';
import { SubjectNode } from '../people/subject.type';
import type { AskedAsOf } from '../scope';
import { AsOfStampView } from '../time/as-of-stamp.type';
import type { AuditLimits } from './audit.type';
import { AuditedSubject, type AuditedSubjectConnection } from './audited-subject.type';

/** A list of people at a stamp. */
export interface PeopleList {
  readonly organisationId: string;
  /** Whose list it is; another one's cursor is refused. */
  readonly name: string;
  readonly scope: StampedScope;
  readonly asked: AskedAsOf;
  /** Everything that the list is filtered by. */
  readonly filter: object;
  readonly policyIds: (list: StampedList) => readonly string[];
  readonly page: (list: StampedList) => Promise<PopulationPage>;
  readonly total: (list: StampedList) => Promise<number | undefined>;
  /** Of a second filter that the page does not know. */
  readonly isWanted: (person: PersonFacts, list: StampedList) => boolean;
}

export interface StampedList extends OpenList {
  readonly scope: StampedScope;
}

/**
 * A page of people, all of them as they stand at the stamp of the first page (rule S1), whatever is written between.
 * @throws BAD_USER_INPUT BAD_CURSOR CURSOR_OF_ANOTHER_STAMP POSITION_NOT_REACHED
 */
export async function auditedPeople(
  context: ApiContext,
  people: PeopleList,
  paging: Pick<PageAsked, 'first' | 'after'>,
): Promise<AuditedSubjectConnection> {
  const { organisationId, name, scope: above, asked, filter } = people;
  const opened = openList(context, above, `${name} ${digest(filter)}`, { ...paging, asOf: asked }, organisationId);
  const { stamp } = opened.scope;
  if (!stamp) throw new Error('A list of people has no stamp.');
  const list: StampedList = { ...opened, scope: { ...opened.scope, stamp } };
  const { people: rows, next } = await people.page(list);
  const policies = people.policyIds(list).flatMap((id) => policyOfPerson(context, list, id) ?? []);
  const edges = rows
    .filter((person) => people.isWanted(person, list))
    .map((person) => edgeOf(context, list, person, policies));
  const endCursor = next === undefined ? edges.at(-1)?.cursor : encodeListCursor(context, list, next);
  return {
    asOf: new AsOfStampView(stamp, context.app.logId),
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: {
      hasNextPage: next !== undefined,
      hasPreviousPage: list.after !== undefined,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: endCursor ?? null,
    },
    total: () => people.total(list),
  };
}

/** Short, since a cursor is: people of another filter are another list. */
function digest(filter: object): string {
  return createHash('sha256').update(canonicalJson(filter)).digest('base64url').slice(0, 16);
}

function edgeOf(context: ApiContext, list: StampedList, person: PersonFacts, policies: readonly PolicyOfPerson[]) {
  const { scope, prefix } = list;
  const at = scope.stamp.effectiveAt;
  const row = found(context.readModels.subjectById(person.subjectId, prefix));
  const theirs = policies.filter(({ facts }) => concerns(person, facts, at));
  const node = new AuditedSubject(nodeOf(context, scope, row.id, row), { person, at, scope, prefix }, theirs);
  return { cursor: encodeListCursor(context, list, row.n), node };
}

/** As known at the stamp, but for what is always as it is now: whether the person is erased, and held. */
function nodeOf(context: ApiContext, scope: StampedScope, id: string, then: SubjectNode['row']): SubjectNode {
  const now = context.readModels.subjectById(id, context.readModels.applied()) ?? then;
  const { erasedAt, hold } = now;
  const restrictedUntil = heldUntil(now, instantAt(scope.nowMs));
  return new SubjectNode({ ...then, erasedAt, hold, restrictedUntil }, scope);
}

/** A second customer or category beside the audit's own: both have to be the person's. */
export function isWithin({ customer, category }: AuditLimits, person: PersonFacts, { moment }: StampedList): boolean {
  const profile = person.profileAt(moment.effectiveAt);
  if (customer !== undefined && profile.customerId !== customer) return false;
  return category === undefined || profile.categories.includes(category);
}
