/**
 * Imports a repository into a data directory, and says each append once the store has acknowledged it:
 *
 *   node --require ./register-typescript.cjs import-git.child.ts DATA-DIRECTORY REPOSITORY
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { createApplication } from '../../src/application/application';
import { importGit } from '../../src/application/imports/import-git';
import { openLog } from '../../src/application/open-log';
import { registerOrganisation } from '../../src/application/organisations';
import { instantAt } from '../../src/domain/time';
import type { EventStore } from '../../src/event-store/event-store';
import { openSqliteEventStore } from '../../src/event-store/sqlite/sqlite-event-store';
import { keyEncryptionKeyFiles } from '../../src/vault/key-encryption-keys';
import { openSqliteVault } from '../../src/vault/sqlite/sqlite-vault';

const STANDARD_OUTPUT = 1;

async function main([directory = '', repository = '']: readonly string[]): Promise<void> {
  const store = openSqliteEventStore({ directory, clock: Date.now });
  const keys = keyEncryptionKeyFiles(join(directory, 'keys'), () => undefined);
  const vault = await openSqliteVault({ path: join(directory, 'vault.db'), keys });
  const logId = await openLog(store, vault.id, instantAt(Date.now()));
  const app = createApplication({ store: saying(store), vault, logId, now: () => instantAt(Date.now()) });
  const request = { actor: await vault.actorOf({ issuer: 'test', claim: 'importer' }), correlationId: logId };
  const registration = { slug: 'nordlys', name: 'Nordlys AS', timeZone: 'Europe/Oslo', defaultLocale: 'nb' };
  const { id: organisationId } = await registerOrganisation(
    app,
    { ...request, idempotencyKey: 'register' },
    { ...registration, approvalRequired: true },
  );
  const { imported, known } = await importGit(app, request, { repository, organisationId });
  writeSync(STANDARD_OUTPUT, `finished ${imported + known}\n`);
  await store.close();
  await vault.close();
}

function saying(store: EventStore): EventStore {
  return {
    ...store,
    append: async (stream, events, expected) => {
      const appended = await store.append(stream, events, expected);
      writeSync(STANDARD_OUTPUT, `acknowledged ${stream} ${events.map(({ id }) => id).join(' ')}\n`);
      return appended;
    },
  };
}

void main(process.argv.slice(2));
