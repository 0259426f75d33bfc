/**
 * Imports a file of old decisions into a data directory, in which it first registers the people and the policy that the
 * file names, and says each append of a person once the store has acknowledged it:
 *
 *   node --require ./register-typescript.cjs import-decisions.child.ts DATA-DIRECTORY FILE PEOPLE [APPENDS]
 *
 * After so many appends it stands still until it is killed, however busy whoever is to kill it may be.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Application, createApplication, type RequestContext } from '../../src/application/application';
import { decisionFile } from '../../src/application/imports/decision-file';
import { importDecisions } from '../../src/application/imports/import-decisions';
import { openLog } from '../../src/application/open-log';
import { registerOrganisation } from '../../src/application/organisations';
import { createPolicy } from '../../src/application/policies';
import { importVersion } from '../../src/application/policy-versions';
import { registerSubjects } from '../../src/application/subject-rows';
import { MAX_ROWS } from '../../src/domain/limits';
import { instantAt } from '../../src/domain/time';
import type { EventStore } from '../../src/event-store/event-store';
import { openSqliteEventStore } from '../../src/event-store/sqlite/sqlite-event-store';
import { keyEncryptionKeyFiles } from '../../src/vault/key-encryption-keys';
import { openSqliteVault } from '../../src/vault/sqlite/sqlite-vault';
import { day, newsletter, statement } from './policy-stories';

const STANDARD_OUTPUT = 1;

async function main([directory = '', file = '', people = '', appends = '']: readonly string[]): Promise<void> {
  const store = openSqliteEventStore({ directory, clock: Date.now });
  const keys = keyEncryptionKeyFiles(join(directory, 'keys'), () => undefined);
  const vault = await openSqliteVault({ path: join(directory, 'vault.db'), keys });
  const logId = await openLog(store, vault.id, instantAt(Date.now()));
  const app = createApplication({
    store: saying(store, Number(appends)),
    vault,
    logId,
    now: () => instantAt(Date.now()),
  });
  const actor = await vault.actorOf({ issuer: 'test', claim: 'importer' });
  const organisationId = await prepare(app, { actor, correlationId: logId }, Number(people));
  writeSync(STANDARD_OUTPUT, 'prepared\n');
  const { imported, repeated } = await importDecisions(
    app,
    { actor, correlationId: logId },
    { organisationId, rows: decisionFile(file) },
  );
  writeSync(STANDARD_OUTPUT, `finished ${imported} ${repeated}\n`);
  await store.close();
  await vault.close();
}

/** The same however often it is done. */
async function prepare(app: Application, request: RequestContext, people: number): Promise<string> {
  const once = (idempotencyKey: string) => ({ ...request, idempotencyKey });
  const { id: organisationId } = await registerOrganisation(app, once('organisation'), {
    slug: 'fjordlys',
    name: 'Fjordlys AS',
    timeZone: 'Europe/Oslo',
    defaultLocale: 'nb',
    approvalRequired: false,
  });
  const { id: policyId } = await createPolicy(app, once('policy'), {
    organisationId,
    slug: 'privacy',
    kind: 'PRIVACY_NOTICE',
    title: 'Personvern',
  });
  await importVersion(app, once('version'), {
    policyId,
    label: 'Versjon 1',
    effectiveFrom: day('2018-05-25'),
    locale: 'nb',
    format: 'PLAIN_TEXT',
    text: 'Vi sender nyhetsbrev til den som samtykker.',
    statement: { ...statement, purposes: [newsletter] },
    reasons: ['FIRST_VERSION'],
    summaries: [],
    renewalPurposes: [],
  });
  const rows = Array.from({ length: people }, (_, index) => ({ externalId: `p${index}`, categories: ['customer'] }));
  for (let start = 0; start < people; start += MAX_ROWS) {
    const some = rows.slice(start, start + MAX_ROWS);
    await registerSubjects(app, once(`people/${start}`), { organisationId, rows: some });
  }
  return organisationId;
}

function saying(store: EventStore, most: number): EventStore {
  let said = 0;
  return {
    ...store,
    append: async (stream, events, expected) => {
      const appended = await store.append(stream, events, expected);
      const isOfRows = events.some(({ data }) => data.imported === true) && stream.startsWith('subject-');
      if (!isOfRows) return appended;
      writeSync(STANDARD_OUTPUT, `acknowledged ${events.map(({ id }) => id).join(' ')}\n`);
      said += 1;
      if (said === most) standStill();
      return appended;
    },
  };
}

function standStill(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0);
}

void main(process.argv.slice(2));
