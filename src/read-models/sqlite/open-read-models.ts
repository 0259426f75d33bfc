import type Database from 'better-sqlite3';
import { clock } from '../../../projections/clock';
import { consentDecisions } from '../../../projections/consent-decisions';
import { facts } from '../../../projections/facts';
import { notices } from '../../../projections/notices';
import { organisations } from '../../../projections/organisations';
import { policies } from '../../../projections/policies';
import { policyChanges } from '../../../projections/policy-changes';
import { policyTimeline } from '../../../projections/policy-timeline';
import { policyVersions } from '../../../projections/policy-versions';
import { population } from '../../../projections/population';
import type { Projection } from '../../../projections/projection';
import { subjects } from '../../../projections/subjects';
import type { EventStore } from '../../event-store/event-store';
import { tellsDamage } from '../../sqlite/driver-faults';
import { listedCategories, READ_PREFIXES } from '../incoming-event';
import { type ProjectionRunner, projectionRunner, type RunnerOptions } from '../projection-runner';
import type { ReadModelStorage } from '../projection-tables';
import { ReadModelDamaged } from '../read-model-damaged';
import type { Counts, Prefix, ReadModels } from '../read-models';
import { dumpTables } from './dump-tables';
import { logPlaces } from './log-places';
import { organisationQueries } from './organisation-queries';
import { peopleQueries } from './people-queries';
import { policyChangeQueries } from './policy-change-queries';
import { policyQueries } from './policy-queries';
import { openReadModelDatabase, removeDamagedReadModel } from './read-model-database';
import { readModelStorage } from './read-model-storage';
import type { TablesState } from './remembered-answers';
import { tableName } from './table-names';
import { timelineQueries } from './timeline-queries';
import { versionQueries } from './version-queries';

/** File of the read models in the data directory. It may be deleted at any time the server is down. */
export const READ_MODEL_FILE = 'read-model.db';

/** Every read model of a node, in the order in which they see an event. */
export const PROJECTIONS: readonly Projection[] = [
  clock,
  organisations,
  policies,
  policyTimeline,
  policyVersions,
  facts,
  policyChanges,
  subjects,
  consentDecisions,
  notices,
  population,
];

export interface OpenReadModelsOptions extends Pick<RunnerOptions, 'store' | 'nowMs' | 'unhurried'> {
  /** Path of the file, or `:memory:`. */
  readonly file: string;
  readonly log?: RunnerOptions['log'];
  /** How much of the file to map into memory; 0 for a command that writes much, asks little and must stay small. */
  readonly mappedBytes?: number;
  /** How much of the file is kept in memory beside what is mapped; what is not is read again. */
  readonly cacheKib?: number;
  /** Looks through the whole file first, and makes it anew when it is damaged. */
  readonly removeDamaged?: boolean;
  /** Else {@link READ_PREFIXES}. */
  readonly prefixes?: readonly string[];
}

export interface OpenReadModels {
  readonly readModels: ReadModels;
  readonly runner: ProjectionRunner;
  /** Every row, a line each, the same wherever the same prefix has been applied. */
  dump(): Iterable<string>;
  close(): Promise<void>;
}

/**
 * Opens the read models of this node. Nothing is read from the log until the runner is started.
 * @throws ReadModelFileUnknown ReadModelDamaged
 */
export function openReadModels(options: OpenReadModelsOptions): OpenReadModels {
  const { file, store, nowMs, unhurried = false, log = () => undefined, prefixes = READ_PREFIXES } = options;
  if (options.removeDamaged) removeDamagedReadModel(file);
  const database = openReadModelDatabase(file, options.mappedBytes, options.cacheKib);
  const storage = storageIn(database, file, prefixes);
  const listed = listedCategories(PROJECTIONS);
  const runner = projectionRunner({ store, storage, prefixes, listed, nowMs, unhurried, log });
  return {
    readModels: readModelsOver(database, store, () => storage.live().checkpoint()),
    runner,
    dump: () => dumpTables(database, PROJECTIONS),
    close: async () => {
      await runner.close();
      database.close();
    },
  };
}

function storageIn(database: Database.Database, file: string, prefixes: readonly string[]): ReadModelStorage {
  try {
    return readModelStorage(database, PROJECTIONS, prefixes);
  } catch (error) {
    database.close();
    throw tellsDamage(error) ? new ReadModelDamaged(file) : error;
  }
}

/** The queries over tables that somebody keeps in step. */
export function readModelsOver(
  database: Database.Database,
  positions: Pick<EventStore, 'comparePositions' | 'isPosition'>,
  state: TablesState,
): ReadModels {
  const { winner, ...timeline } = timelineQueries(database);
  const others = {
    ...logPlaces(database, positions, state),
    ...organisationQueries(database, state),
    ...policyQueries(database, state),
    ...versionQueries(database, state),
    ...timeline,
  };
  return {
    ...others,
    ...policyChangeQueries(database, winner),
    ...peopleQueries(database, state, others),
    counts: countsOver(database),
  };
}

function countsOver(database: Database.Database): (prefix: Prefix) => Counts {
  const counting = (table: string) =>
    database.prepare<[number], number>(`SELECT count(*) FROM ${table} WHERE n <= ?`).pluck();
  const ofOrganisations = counting(tableName(organisations, 'organisations'));
  const ofPolicies = counting(tableName(policies, 'policies'));
  const ofVersions = counting(tableName(policyVersions, 'versions'));
  return ({ n }) => ({
    events: n,
    organisations: ofOrganisations.get(n) ?? 0,
    policies: ofPolicies.get(n) ?? 0,
    versions: ofVersions.get(n) ?? 0,
  });
}
