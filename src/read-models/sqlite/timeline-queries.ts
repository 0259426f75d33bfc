import type Database from 'better-sqlite3';
import { policyTimeline, RETIREMENT } from '../../../projections/policy-timeline';
import type { Instant } from '../../domain/time';
import type { Winner } from '../policy-changes';
import type { InForce, Moment, ReadModels, VersionStatus } from '../read-models';
import { tableName } from './table-names';

export interface TimelineQueries extends Pick<ReadModels, 'versionStatus' | 'versionWithdrawnFrom' | 'versionInForce'> {
  /** The version or retirement that decides, for the general public or for a person who registered then. */
  winner(policyId: string, at: Moment, registeredAt?: Instant): Winner | undefined;
}

interface Decider {
  readonly kind: number;
  readonly id: string;
  readonly n: number;
  readonly effective_from: string;
}

interface Entry extends Decider {
  readonly policy: string;
  readonly published_at: string;
  readonly withdrawn_from: string | null;
  readonly withdrawn_at: string | null;
}

/** Rows whose day has come by T, known at k, not withdrawn at T. */
const ELIGIBLE = `policy = ? AND effective_from <= ? AND k_from <= ? AND (k_to IS NULL OR k_to > ?)
  AND (withdrawn_from IS NULL OR withdrawn_from > ?)`;

/** A person who registered before publication has the cohort date, if there is one (rule V1). */
const FOR_PERSON = 'AND (existing_from IS NULL OR published_at <= ? OR existing_from <= ?)';

export function timelineQueries(database: Database.Database): TimelineQueries {
  const entries = tableName(policyTimeline, 'entries');
  const deciding = (also: string) =>
    `SELECT kind, id, n, effective_from FROM ${entries} WHERE ${ELIGIBLE} ${also}
     ORDER BY effective_from DESC, n DESC LIMIT 1`;
  const forPublic = database.prepare<[string, string, number, number, string], Decider>(deciding(''));
  const forPerson = database.prepare<[string, string, number, number, string, string, string], Decider>(
    deciding(FOR_PERSON),
  );
  const lastVersion = database.prepare<[string, string, number, number, string], Decider>(
    deciding(`AND kind <> ${RETIREMENT}`),
  );
  const lastWithdrawal = database
    .prepare<[string, string, number, number, string], number>(
      `SELECT k_from FROM ${entries} WHERE policy = ? AND effective_from <= ? AND k_from <= ?
         AND (k_to IS NULL OR k_to > ?) AND withdrawn_from <= ? ORDER BY withdrawn_from DESC, k_from DESC LIMIT 1`,
    )
    .pluck();
  const entryOf = database.prepare<[string, number, number], Entry>(
    `SELECT entry.* FROM ${tableName(policyTimeline, 'places')} AS place JOIN ${entries} AS entry
       USING (policy, effective_from, n) WHERE place.id = ? AND entry.k_from <= ? AND (entry.k_to IS NULL OR entry.k_to > ?)`,
  );

  function decider(policyId: string, { effectiveAt: t, n }: Moment, registeredAt?: Instant): Decider | undefined {
    return registeredAt === undefined
      ? forPublic.get(policyId, t, n, n, t)
      : forPerson.get(policyId, t, n, n, t, registeredAt, t);
  }

  function versionInForce(policyId: string, at: Moment, registeredAt?: Instant): InForce {
    const found = decider(policyId, at, registeredAt);
    if (found) {
      return found.kind === RETIREMENT
        ? { code: 'RETIRED', retirementId: found.id, decidedBy: found.n }
        : { code: 'VERSION_IN_FORCE', versionId: found.id, decidedBy: found.n };
    }
    const { effectiveAt: t, n } = at;
    const withdrawal = lastWithdrawal.get(policyId, t, n, n, t);
    if (withdrawal !== undefined) return { code: 'ALL_WITHDRAWN', decidedBy: withdrawal };
    return { code: 'NOT_YET_PUBLISHED', decidedBy: undefined };
  }

  function versionStatus(versionId: string, at: Moment): VersionStatus | undefined {
    const { effectiveAt: t, n } = at;
    const entry = entryOf.get(versionId, n, n);
    if (!entry || entry.kind === RETIREMENT || entry.published_at > t) return undefined;
    if (entry.withdrawn_from !== null && entry.withdrawn_from <= t) return 'WITHDRAWN';
    if (entry.effective_from > t) return 'SCHEDULED';
    const found = decider(entry.policy, at);
    if (found?.kind !== RETIREMENT) return found?.id === versionId ? 'IN_FORCE' : 'SUPERSEDED';
    return lastVersion.get(entry.policy, t, n, n, t)?.id === versionId ? 'RETIRED' : 'SUPERSEDED';
  }

  return {
    versionInForce,
    versionStatus,
    versionWithdrawnFrom: (versionId, { effectiveAt, n }) => {
      const entry = entryOf.get(versionId, n, n);
      const decided = entry?.withdrawn_at != null && entry.withdrawn_at <= effectiveAt;
      return decided ? (entry.withdrawn_from as Instant) : undefined;
    },
    winner: (policyId, at, registeredAt) => {
      const found = decider(policyId, at, registeredAt);
      if (!found) return undefined;
      const kind = found.kind === RETIREMENT ? 'retirement' : 'version';
      return { kind, id: found.id, effectiveFrom: found.effective_from as Instant };
    },
  };
}
