import type { Entry } from '../../domain/policy/policy.state';
import type { PathVersion } from './path-versions';

/** What an import does to a policy so that its recorded versions are those of the path, in their order. */
export interface GitImportPlan {
  /** Recorded versions that have another date or place now, or none; latest effect first, so that no other's roots change. */
  readonly revoke: readonly Entry[];
  /** In the order of the path's history; `before` is what is revoked of the same commit. */
  readonly record: readonly PlannedVersion[];
  readonly known: number;
}

export interface PlannedVersion {
  readonly version: PathVersion;
  readonly before: Entry | undefined;
}

/**
 * Compares what should be recorded with what is (rule V8). Of two versions with the same date the one recorded later
 * decides (rule V1), so behind the first that is missing none with that date stays; and where the first of all
 * changes, nothing stays, since every later one has its roots from it.
 *
 * @param recorded the policy's versions and retirements that were imported from the path, in effective order
 */
export function planGitImport(wanted: readonly PathVersion[], recorded: readonly Entry[]): GitImportPlan {
  const byCommit = new Map(recorded.map((entry) => [entry.source?.commit, entry]));
  const kept = new Set<Entry>();
  const first = wanted[0];
  let keeping = first !== undefined && byCommit.get(first.commit)?.effectiveFrom === first.effectiveFrom;
  const keepsAny = keeping;
  let before: { readonly effectiveFrom: string; readonly order: number } | undefined;
  for (const { commit, effectiveFrom } of wanted) {
    const entry = byCommit.get(commit);
    if (before?.effectiveFrom !== effectiveFrom) {
      before = undefined;
      keeping = keepsAny;
    }
    keeping &&= entry?.effectiveFrom === effectiveFrom && entry.order > (before?.order ?? -1);
    if (entry && keeping) kept.add(entry);
    before = { effectiveFrom, order: entry?.order ?? Number.POSITIVE_INFINITY };
  }
  return {
    revoke: recorded.filter((entry) => !kept.has(entry)).reverse(),
    record: wanted
      .map((version) => ({ version, before: byCommit.get(version.commit) }))
      .filter(({ before: entry }) => !entry || !kept.has(entry)),
    known: kept.size,
  };
}
