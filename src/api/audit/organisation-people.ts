import type { PolicyFacts } from '../../domain/policy/policy-facts';
import { countOrganisation, organisationPeoplePage } from '../../read-models/population';
import type { Prefix } from '../../read-models/read-models';
import type { ApiContext } from '../context';
import type { PageAsked } from '../list-cursor';
import type { AuditLimits } from './audit.type';
import { assertCategory, assertCustomer } from './audit-limits';
import { auditedPeople, isWithin, type StampedList } from './audited-people';
import type { AuditedSubjectConnection } from './audited-subject.type';
import type { OrganisationAuditView } from './organisation-audit.type';

/** Policies read at a time. */
const POLICIES_PER_READ = 100;

/** The people behind an organisation's counts. @throws NOT_FOUND BAD_USER_INPUT and those of a list */
export async function peopleOfOrganisation(
  context: ApiContext,
  { organisation, scope, limits, asked, facts }: OrganisationAuditView,
  { inBreach, ...also }: AuditLimits & { readonly inBreach: boolean | null | undefined },
  paging: Pick<PageAsked, 'first' | 'after'>,
): Promise<AuditedSubjectConnection> {
  const { readModels } = context;
  const { customer, category } = also;
  if (customer !== undefined) assertCustomer(context, scope, customer, organisation.id);
  if (category !== undefined) assertCategory(context, scope, category, facts);
  const lookedFor = { ...(inBreach != null && { inBreach }) };
  const within = { ...also, ...limits };
  const people = (list: StampedList) => ({ policies: factsAt(context, organisation.id, list.prefix), ...within });
  return auditedPeople(
    context,
    {
      organisationId: organisation.id,
      name: `people of ${organisation.id}`,
      scope,
      asked,
      filter: { lookedFor, limits, also },
      policyIds: ({ prefix }) => policiesAt(context, organisation.id, prefix),
      page: (list) => {
        const range = { limit: list.limit, ...(list.after !== undefined && { after: list.after }) };
        return organisationPeoplePage(
          readModels,
          { ...people(list), ...lookedFor, ...range },
          list.moment,
          list.prefix,
        );
      },
      isWanted: (person, list) => isWithin(also, person, list),
      total: async (list) => {
        if (limits.customer !== undefined && customer !== undefined && limits.customer !== customer) return 0;
        const counts = await countOrganisation(readModels, people(list), list.moment, list.prefix);
        if (inBreach == null) return counts.subjects;
        return inBreach ? counts.inBreach : counts.subjects - counts.inBreach;
      },
    },
    paging,
  );
}

/** Policies of an organisation that have a version at a prefix, in order of creation. */
export function policiesAt({ readModels }: ApiContext, organisation: string, prefix: Prefix): readonly string[] {
  const ids: string[] = [];
  for (let after: number | undefined, more = true; more; ) {
    const range = { organisation, visibleTo: 'public', limit: POLICIES_PER_READ } as const;
    const page = readModels.policiesPage({ ...range, ...(after !== undefined && { after }) }, prefix);
    ids.push(...page.rows.map(({ id }) => id));
    after = page.rows.at(-1)?.n;
    more = page.hasMore;
  }
  return ids;
}

export function factsAt(context: ApiContext, organisation: string, prefix: Prefix): readonly PolicyFacts[] {
  return policiesAt(context, organisation, prefix).flatMap((id) => context.readModels.policyFacts(id, prefix) ?? []);
}
