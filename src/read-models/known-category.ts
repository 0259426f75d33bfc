import type { PolicyFacts } from '../domain/policy/policy-facts';
import type { Moment, ReadModels, VersionRow } from './read-models';

/** Versions of a policy looked at for the categories that they name. */
const MAX_VERSIONS_LOOKED_AT = 100;

type CategoryQueries = Pick<ReadModels, 'versionsPage' | 'subjectsPage'>;

/**
 * True for a category of people that a version of the policy names by then, or that somebody is in. Any other is a slip
 * of the pen, and counts of it would read as if nobody were concerned.
 */
export function isKnownCategory(
  queries: CategoryQueries,
  { policyId, organisationId }: Pick<PolicyFacts, 'policyId' | 'organisationId'>,
  category: string,
  at: Moment,
): boolean {
  const versions = queries.versionsPage({ policy: policyId, limit: MAX_VERSIONS_LOOKED_AT }, at);
  return versions.rows.some((version) => names(version, category)) || isHeld(queries, organisationId, category, at);
}

function names({ audience, statement }: VersionRow, category: string): boolean {
  if (audience.includes(category)) return true;
  const purposes = statement?.purposes ?? [];
  return purposes.some(({ bases }) => bases.some(({ subjectCategory }) => subjectCategory === category));
}

/** Whoever cannot be found among very many may still be there: that counts as known. */
function isHeld(queries: CategoryQueries, organisation: string, category: string, at: Moment): boolean {
  return [{ organisation }, { customer: organisation }].some((of) => {
    const page = queries.subjectsPage({ of, category, limit: 1 }, at);
    return page.rows.length > 0 || page.next !== undefined;
  });
}
