import type { PolicyFacts } from '../../domain/policy/policy-facts';
import type { NoticeStep } from '../../domain/subject/notice-state';
import { countPopulation, peoplePage } from '../../read-models/population';
import type { LookedFor } from '../../read-models/population-filter';
import type { ApiContext } from '../context';
import { badUserInput, notFound } from '../errors';
import type { PageAsked } from '../list-cursor';
import { found } from '../members';
import { prefixOf } from '../scope';
import type { AuditLimits, AuditView } from './audit.type';
import { assertCategory, assertCustomer } from './audit-limits';
import { auditedPeople, isWithin, type StampedList } from './audited-people';
import type { AuditedSubjectConnection } from './audited-subject.type';
import type { ConsentFilter } from './consent-filter.input';

/** Whom a list of an audit asks for. */
export interface AuditPeopleFilter extends AuditLimits {
  readonly consent: ConsentFilter | null | undefined;
  readonly notice: readonly NoticeStep[] | null | undefined;
  readonly noticeVersion: string | null | undefined;
  readonly accepted: boolean | null | undefined;
  readonly inBreach: boolean | null | undefined;
}

/** The people behind an audit's counts. @throws NOT_FOUND BAD_USER_INPUT and those of a list */
export async function peopleOfAudit(
  context: ApiContext,
  { row, scope, limits, asked }: AuditView,
  filter: AuditPeopleFilter,
  paging: Pick<PageAsked, 'first' | 'after'>,
): Promise<AuditedSubjectConnection> {
  const policy = found(context.readModels.policyFacts(row.id, prefixOf(context, scope)));
  const lookedFor = lookedForBy(policy, filter);
  const { customer, category } = filter;
  if (customer !== undefined) assertCustomer(context, scope, customer, row.organisation);
  if (category !== undefined) assertCategory(context, scope, category, [policy]);
  // The page knows one of each; where the audit has its own already, the list's is looked at afterwards.
  const within = { ...limitsIn(filter), ...limits };
  const factsAt = (list: StampedList) => found(context.readModels.policyFacts(row.id, list.prefix));
  return auditedPeople(
    context,
    {
      organisationId: row.organisation,
      name: `people of ${row.id}`,
      scope,
      asked,
      filter: { lookedFor, limits, also: limitsIn(filter) },
      policyIds: () => [row.id],
      page: (list) => {
        const range = { limit: list.limit, ...(list.after !== undefined && { after: list.after }) };
        return peoplePage(
          context.readModels,
          { policy: factsAt(list), ...lookedFor, ...within, ...range },
          list.moment,
          list.prefix,
        );
      },
      isWanted: (person, list) => isWithin(filter, person, list),
      total: async (list) => {
        if (!isCounted(lookedFor) || !isOne(limits, filter)) return undefined;
        const counted = { policy: factsAt(list), ...within };
        const { subjects, inBreach } = await countPopulation(context.readModels, counted, list.moment, list.prefix);
        if (lookedFor.inBreach === undefined) return subjects;
        return lookedFor.inBreach ? inBreach : subjects - inBreach;
      },
    },
    paging,
  );
}

function limitsIn({ customer, category }: AuditLimits): AuditLimits {
  return { ...(customer !== undefined && { customer }), ...(category !== undefined && { category }) };
}

function isCounted({ consent, notice, accepted }: LookedFor): boolean {
  return consent === undefined && notice === undefined && accepted === undefined;
}

/** True unless audit and list are limited to two different customers or categories. */
function isOne(audit: AuditLimits, list: AuditLimits): boolean {
  const differ = (key: 'customer' | 'category') =>
    audit[key] !== undefined && list[key] !== undefined && audit[key] !== list[key];
  return !differ('customer') && !differ('category');
}

/** What is asked for in the words of the rules; what the policy never had is an error, not an empty list. */
function lookedForBy(policy: PolicyFacts, filter: AuditPeopleFilter): LookedFor {
  const { consent, notice, noticeVersion, accepted, inBreach } = filter;
  if (consent && !policy.knowsPurpose(consent.purpose)) throw badUserInput('The policy never had this purpose.');
  if (notice?.length === 0) throw badUserInput('Name at least one step in notice, or leave it out.');
  if (noticeVersion != null && !notice) throw badUserInput('noticeVersion says of which version notice is: give both.');
  if (noticeVersion != null && !policy.version(noticeVersion)) throw notFound();
  if (accepted != null && policy.kind !== 'TERMS') throw badUserInput('Only terms are accepted.');
  return {
    ...(consent && { consent: consentIn(consent) }),
    ...(notice && { notice: { steps: notice, ...(noticeVersion != null && { versionId: noticeVersion }) } }),
    ...(accepted != null && { accepted }),
    ...(inBreach != null && { inBreach }),
  };
}

function consentIn({ purpose, status, valid }: ConsentFilter): NonNullable<LookedFor['consent']> {
  return { purpose, ...(status != null && { status }), ...(valid != null && { valid }) };
}
