import type Database from 'better-sqlite3';
import { population } from '../../../projections/population';
import type { PersonState } from '../../../projections/population/person-state';
import { loreIn, precedes, type VersionLore } from '../../../projections/population/version-lore';
import type { Row } from '../../../projections/projection';
import type { PolicyFacts } from '../../domain/policy/policy-facts';
import type { Instant } from '../../domain/time';
import type { StateNames } from '../population-group';
import type { Moment } from '../read-models';
import { tableName } from './table-names';

/**
 * Whether what a state leaves out is of no account at a moment (see `settled` of it): the version in force does not come
 * before the one that its people are done with; that one stands, and so does every older one that the state still
 * names; and versions have the roots that they were recorded with.
 *
 * @returns for a policy at a moment, of the state of people who registered at an instant
 */
export function settledStates(
  database: Database.Database,
  names: StateNames,
): (policy: PolicyFacts, at: Moment) => (state: PersonState, registeredAt: Instant) => boolean {
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
    const done = new Map<string, VersionLore | undefined>();

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

    function namesNoneGone(state: PersonState, done: VersionLore): boolean {
      if (withdrawn.length === 0) return true;
      const versions = versionsOf(state);
      return withdrawn.every((version) => {
        const known = lore(version);
        if (!known) return false;
        const isBefore = (each: VersionLore | undefined) => each !== undefined && !precedes(done, each);
        return !(
          (versions.has(version) && isBefore(known)) ||
          (versions.has(known.twin) && isBefore(lore(known.twin)))
        );
      });
    }

    return (state, registeredAt) => {
      if (state.settled === 0) return true;
      const key = `${state.settled} ${registeredAt}`;
      if (!done.has(key)) done.set(key, doneWith(state.settled, registeredAt));
      const known = done.get(key);
      if (!known || !namesNoneGone(state, known)) return false;
      asRecorded ??= haveTheirRoots(policy, at);
      return asRecorded;
    };
  };
}

function versionsOf({ told, words, purposes, asked }: PersonState): ReadonlySet<number> {
  return new Set([
    ...Object.keys(told).map(Number),
    ...[...words.own, ...words.linked].map(([version]) => version),
    ...Object.values(purposes).flatMap(({ decisions }) => decisions.map(({ version }) => version)),
    ...asked.map(([, version]) => version),
  ]);
}
