import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventStoreDBClient } from '@eventstore/db-client';
import { deployProjections } from '../../src/event-store/eventstoredb/deploy-projections';

const url = process.env.EVENTSTORE_URL;

if (url === undefined) {
  process.stderr.write(
    'SKIPPED: deploying projections to a real EventStoreDB. To run it: docker compose up -d eventstoredb && ' +
      'EVENTSTORE_URL=esdb://127.0.0.1:2113?tls=false npx jest eventstoredb-projections\n',
  );
  test.skip('deploying projections (EVENTSTORE_URL is not set)', () => undefined);
} else {
  deploying(url);
}

function deploying(server: string): void {
  const directory = mkdtempSync(join(tmpdir(), 'projections-'));
  const good = `good${randomUUID().slice(0, 8)}`;
  const bad = `bad${randomUUID().slice(0, 8)}`;
  const source = (key: string) =>
    `fromAll().when({ $init: () => ({ ${key}: 0 }), $any: (state) => { state.${key} += 1; } });`;

  afterAll(async () => {
    rmSync(directory, { recursive: true });
    const client = EventStoreDBClient.connectionString(server);
    for (const name of [`samtykke-${good}`, `samtykke-${bad}`]) {
      await client.disableProjection(name);
      await sleep(500);
      await client.deleteProjection(name, { deleteCheckpointStream: true, deleteStateStream: true });
    }
    await client.dispose();
  });

  test('a projection that compiles runs, and one that does not is told as faulted with its reason', async () => {
    writeFileSync(join(directory, `${good}.js`), source('first'));
    writeFileSync(join(directory, `${bad}.js`), 'fromAll(.when({');
    writeFileSync(join(directory, 'README.md'), 'not a projection');
    expect(await deployProjections(server, directory)).toEqual([
      { name: `samtykke-${bad}`, status: expect.stringMatching(/^Faulted \(.*token/), ok: false },
      { name: `samtykke-${good}`, status: 'Running', ok: true },
    ]);
  });

  test('a projection deployed again counts anew with its new source', async () => {
    writeFileSync(join(directory, `${good}.js`), source('second'));
    const [, again] = await deployProjections(server, directory);
    expect(again).toEqual({ name: `samtykke-${good}`, status: 'Running', ok: true });
    const client = EventStoreDBClient.connectionString(server);
    let state: unknown = {};
    for (let tries = 0; tries < 50 && !JSON.stringify(state).includes('second'); tries += 1) {
      await sleep(100);
      state = await client.getProjectionState(`samtykke-${good}`);
    }
    await client.dispose();
    expect(Object.keys(state ?? {})).toEqual(['second']);
  });
}
