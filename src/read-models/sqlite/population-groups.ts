import type Database from 'better-sqlite3';
import { population } from '../../../projections/population';
import { tableName } from './table-names';

/** A group of people who stand alike, of a scope: a policy, or, negative, an organisation. */
export interface Group {
  readonly number: number;
  readonly segment: number;
  /** 0: none. */
  readonly state: number;
}

/** The groups of a scope in the order in which they were made, which are their slots; more are added at the end. */
export interface GroupsOfScope {
  readonly groups: readonly Group[];
  /** The segment of each, as a list of numbers is faster to go through. */
  readonly segments: readonly number[];
}

export interface PopulationGroups {
  ofScope(scope: number): GroupsOfScope;
  /** Its place in {@link ofScope}. */
  slotOf(group: number): number;
}

interface StoredGroup extends Group {
  readonly scope: number;
}

const NONE: GroupsOfScope = { groups: [], segments: [] };

/** All groups, read once and followed from then on: they are only ever added. 100 bytes each. */
export function populationGroups(database: Database.Database): PopulationGroups {
  const after = database.prepare<[number], StoredGroup>(
    `SELECT number, scope, segment, state FROM ${tableName(population, 'groups')} WHERE number > ? ORDER BY number`,
  );
  const scopes = new Map<number, { readonly groups: Group[]; readonly segments: number[] }>();
  const slots: number[] = [];

  function follow(): void {
    for (const { scope, ...group } of after.iterate(slots.length - 1)) {
      const known = scopes.get(scope) ?? { groups: [], segments: [] };
      scopes.set(scope, known);
      // Numbers are given without gaps, from 1 on.
      while (slots.length < group.number) slots.push(0);
      slots.push(known.groups.length);
      known.groups.push(group);
      known.segments.push(group.segment);
    }
  }

  return {
    ofScope: (scope) => {
      follow();
      return scopes.get(scope) ?? NONE;
    },
    slotOf: (group) => {
      if (group >= slots.length) follow();
      const slot = slots[group];
      if (slot === undefined) throw new Error('People move to a group that there is not.');
      return slot;
    },
  };
}
