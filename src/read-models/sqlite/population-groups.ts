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

export interface PopulationGroups {
  /** In the order in which they were made, which are their slots; the same list every time, to which more are added. */
  ofScope(scope: number): readonly Group[];
  /** Its place in {@link ofScope}. */
  slotOf(group: number): number;
}

interface StoredGroup extends Group {
  readonly scope: number;
}

/** All groups, read once and followed from then on: they are only ever added. 100 bytes each. */
export function populationGroups(database: Database.Database): PopulationGroups {
  const after = database.prepare<[number], StoredGroup>(
    `SELECT number, scope, segment, state FROM ${tableName(population, 'groups')} WHERE number > ? ORDER BY number`,
  );
  const scopes = new Map<number, Group[]>();
  const slots: number[] = [];

  function groupsOf(scope: number): Group[] {
    const known = scopes.get(scope) ?? [];
    scopes.set(scope, known);
    return known;
  }

  function follow(): void {
    for (const { scope, ...group } of after.iterate(slots.length - 1)) {
      const known = groupsOf(scope);
      // Numbers are given without gaps, from 1 on.
      while (slots.length < group.number) slots.push(0);
      slots.push(known.length);
      known.push(group);
    }
  }

  return {
    ofScope: (scope) => {
      follow();
      return groupsOf(scope);
    },
    slotOf: (group) => {
      if (group >= slots.length) follow();
      const slot = slots[group];
      if (slot === undefined) throw new Error('People move to a group that there is not.');
      return slot;
    },
  };
}
