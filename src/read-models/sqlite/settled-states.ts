import type Database from 'better-sqlite3';
import { population } from '../../../projections/population';
import { loreIn, precedes, type VersionLore } from '../../../projections/population/version-lore';
import type { Row } from '../../../projections/projection';
import type { PolicyFacts } from '../../domain/policy/policy-facts';
import type { Instant } from '../../domain/time';
import type { StateNames } from '../population-group';
import type { Moment } from '../read-models';
import { tableName } from './table-names';

/**
 * @param settled the version that the people of a state are done with
 * @param versions that any fact of the state names
 */
type IsSettled = (settled: number, versions: readonly number[]) => boolean;

/**
 * Whether what a state leaves out is of no account at a moment (see `settled` of it): the version in force does not come
 * before the one that its people are done with; that one stands, and so does every older one that the state still
 * names; and versions have the roots that they were recorded with.
 *
 * @returns for a policy at a moment, and people who registered at an instant, of a state of theirs
 */
export function settledStates(
  database: Database.Database,
  names: StateNames,
): (policy: PolicyFacts, at: Moment) => (registeredAt: Instant) => IsSettled {
  const table = (name: string) => tableName(population, name);
  const loreRow = database.prepare<[number], Row>(`SELECT * FROM ${table('lore')} WHERE number = ?`);
  const kept = new Map<number, readonly Row[]>();
  const lore = loreIn({
    rows: (_, { number }) => {
      const known = kept.get(Number(number));
      if (known) return known;
      const rows = loreRow.all(Number(number));
      if (rows.length > 0) kept.set(Number(number), rows);
      return rows;
    },
  });
  const gone = database
    .prepare<[string, number], number>(
      `SELECT version FROM ${table('lines')} WHERE policy =
         (SELECT number FROM ${table('policies')} WHERE policy = ?) AND withdrawn_n <= ?`,
    )
    .pluck();
  const rerooted = database
    .prepare<[string, number], number>(
      `SELECT 1 FROM ${table('reroots')} WHERE policy =
         (SELECT number FROM ${table('policies')} WHERE policy = ?) AND n <= ? LIMIT 1`,
    )
    .pluck();
  const recorded = database
    .prepare<[string, number], number>(
      `SELECT version FROM ${table('lines')} WHERE policy =
         (SELECT number FROM ${table('policies')} WHERE policy = ?) AND n <= ?`,
    )
    .pluck();

  /** Compared at every version of the policy. */
  function haveTheirRoots(policy: PolicyFacts, { effectiveAt, n }: Moment): boolean {
    if (rerooted.get(policy.policyId, n) === undefined) return true;
    return recorded.all(policy.policyId, n).every((version) => {
      const known = lore(version);
      const roots = policy.rootsAt(names.version(version), effectiveAt);
      if (!known || !roots) return true;
      const consents = Object.entries(roots.consent);
      return (
        names.version(known.notice) === roots.notice &&
        names.version(known.acceptance) === roots.acceptance &&
        consents.length === known.consent.size &&
        [...known.consent].every(([purpose, root]) => roots.consent[names.purpose(purpose)] === names.version(root))
      );
    });
  }

  return (policy, at) => {
    const withdrawn = gone.all(policy.policyId, at.n);
    let asRecorded: boolean | undefined;

    /** The version that people are done with, where it stands and no earlier one is in force for them. */
    function doneWith(settled: number, registeredAt: Instant): VersionLore | undefined {
      const known = lore(settled);
      const inForce = policy.inForce(at.effectiveAt, registeredAt);
      if (!known || inForce.code !== 'VERSION_IN_FORCE' || withdrawn.includes(settled)) return undefined;
      const version = policy.version(names.version(settled));
      const { effectiveFrom, order } = inForce.version;
      if (!version || effectiveFrom < version.effectiveFrom) return undefined;
      return effectiveFrom === version.effectiveFrom && order < version.order ? undefined : known;
    }

    function namesNoneGone(versions: readonly number[], done: VersionLore): boolean {
      return withdrawn.every((version) => {
        const known = lore(version);
        if (!known) return false;
        const isBefore = (each: VersionLore | undefined) => each !== undefined && !precedes(done, each);
        return !(
          (versions.includes(version) && isBefore(known)) ||
          (versions.includes(known.twin) && isBefore(lore(known.twin)))
        );
      });
    }

    return (registeredAt) => {
      const done: (VersionLore | 'not settled')[] = [];
      return (settled, versions) => {
        if (settled === 0) return true;
        done[settled] ??= doneWith(settled, registeredAt) ?? 'not settled';
        const known = done[settled];
        if (known === 'not settled') return false;
        if (withdrawn.length > 0 && !namesNoneGone(versions, known)) return false;
        asRecorded ??= haveTheirRoots(policy, at);
        return asRecorded;
      };
    };
  };
}
