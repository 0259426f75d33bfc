import { addMs } from '../domain/time';
import type { InForce, Moment, Prefix, ReadModels, VersionRow } from './read-models';

/** What of a policy stands at a moment, for whomever. */
export interface Standing {
  /** For whoever registers at that instant (rule V1). */
  readonly general: InForce;
  /** Every version that is in force for somebody, newcomers' first. */
  readonly versions: readonly VersionRow[];
}

type StandingQueries = Pick<ReadModels, 'versionInForce' | 'versionById'>;

/**
 * Versions in force at a moment. There are several while a cohort date is still to come: newcomers have the new version,
 * and those who registered before it was published have the one before (rule V1). Who is not eligible for a version is
 * eligible for fewer of those below it, never for more, so the versions are found one after the other.
 */
export function standingVersions(queries: StandingQueries, policyId: string, at: Moment, prefix: Prefix): Standing {
  const general = queries.versionInForce(policyId, at);
  const versions: VersionRow[] = [];
  let found = general;
  while (found.code === 'VERSION_IN_FORCE') {
    const version = queries.versionById(found.versionId, prefix);
    if (!version) break;
    versions.push(version);
    const { effectiveFromForExisting, publishedAt } = version;
    if (effectiveFromForExisting === undefined || effectiveFromForExisting <= at.effectiveAt) break;
    found = queries.versionInForce(policyId, at, addMs(publishedAt, -1));
  }
  return { general, versions };
}
