import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { EventStoreDBClient } from '@eventstore/db-client';
import { deployProjections } from '../../src/event-store/eventstoredb/deploy-projections';

/** Projections that run on a real server under names of their own, beside any others there. */
export interface ProjectionsOnServer {
  /** The state of a partition, of the whole without one; undefined: there is none, which the server says as {}. */
  stateOf(name: string, partition?: string): Promise<unknown>;
  /** "Running", or what else the server says. */
  statusOf(name: string): Promise<string>;
  /** Takes them off the server again. */
  close(): Promise<void>;
}

/** @param sources JavaScript by name */
export async function deployOnServer(
  url: string,
  sources: Readonly<Record<string, string>>,
): Promise<ProjectionsOnServer> {
  const run = randomUUID().slice(0, 8);
  const directory = mkdtempSync(join(tmpdir(), 'projections-'));
  for (const [name, source] of Object.entries(sources)) writeFileSync(join(directory, `${name}-${run}.js`), source);
  const deployed = await deployProjections(url, directory);
  rmSync(directory, { recursive: true });
  const client = EventStoreDBClient.connectionString(url);
  const fullName = (name: string) => `samtykke-${name}-${run}`;
  return {
    stateOf: async (name, partition = '') => {
      const state: unknown = await client.getProjectionState(fullName(name), { partition });
      return isDeepStrictEqual(state, {}) ? undefined : state;
    },
    statusOf: async (name) => {
      const { projectionStatus, stateReason } = await client.getProjectionStatus(fullName(name));
      return stateReason === '' ? projectionStatus : `${projectionStatus} (${stateReason})`;
    },
    close: async () => {
      for (const { name } of deployed) await client.disableProjection(name);
      // A projection that is still stopping refuses to be deleted.
      await sleep(500);
      for (const { name } of deployed) {
        await client.deleteProjection(name, { deleteCheckpointStream: true, deleteStateStream: true });
      }
      await client.dispose();
    },
  };
}

/** Asks again until the answer will do, at most for half a minute; gives the last one either way. */
export async function eventually<T>(ask: () => Promise<T>, willDo: (answer: T) => boolean): Promise<T> {
  const until = performance.now() + 30_000;
  for (;;) {
    const answer = await ask();
    if (willDo(answer) || performance.now() > until) return answer;
    await sleep(50);
  }
}
