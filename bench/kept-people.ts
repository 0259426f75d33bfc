import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openSqliteEventStore, type SqliteEventStore } from '../src/event-store/sqlite/sqlite-event-store';
import { type OpenReadModels, openReadModels } from '../src/read-models/sqlite/open-read-models';
import { contentOfLog, recordPeople } from './people-log';
import { progressOf } from './progress';

/** A log of people and the tables of a node over it, all that was recorded applied. */
export interface KeptPeople {
  readonly store: SqliteEventStore;
  readonly models: OpenReadModels;
  /** Closes both, and removes what is not kept. */
  close(): Promise<void>;
}

export interface PeopleAsked {
  readonly people: number;
  readonly factsEach: number;
  readonly nowMs: number;
  /**
   * Where log and tables stay for the next run, which then makes neither anew: a million people take a quarter of an
   * hour. Tables go on from where they are, and are rebuilt where their projection has another version by now.
   */
  readonly keptIn?: string | undefined;
}

export async function openKeptPeople(asked: PeopleAsked): Promise<KeptPeople> {
  const { keptIn, nowMs, people, factsEach } = asked;
  const root = keptIn ?? mkdtempSync(join(tmpdir(), 'samtykke-bench-'));
  const directory = join(root, nameOf(asked));
  const made = join(directory, 'made');
  if (!existsSync(made)) rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const store = openSqliteEventStore({ directory, clock: () => nowMs });
  const events = 3 + people * (1 + factsEach);
  if (!existsSync(made)) {
    await recordPeople(store, people, factsEach, progressOf('events recorded', events));
    writeFileSync(made, '');
  }
  // Mapped pages would count as the memory of what is measured.
  const models = openReadModels({ file: join(directory, 'read-model.db'), store, nowMs: () => nowMs, mappedBytes: 0 });
  await applied(models, events);
  return {
    store,
    models,
    close: async () => {
      await models.close();
      await store.close();
      if (keptIn === undefined) rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Other people, or the same telling something else, are kept apart. */
function nameOf({ people, factsEach, nowMs }: PeopleAsked): string {
  const hash = createHash('sha256').update(`${nowMs} ${contentOfLog(factsEach)}`);
  return `people-${people}-${factsEach}-${hash.digest('hex').slice(0, 12)}`;
}

async function applied({ runner, readModels }: OpenReadModels, events: number): Promise<void> {
  const progress = progressOf('events applied', events);
  runner.start();
  while (readModels.applied().n < events || runner.state().phase !== 'live') {
    const state = runner.state();
    if (state.phase === 'stopped') throw new Error(JSON.stringify(state));
    progress(readModels.applied().n);
    await delay(5);
  }
}
