import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Application, createApplication, type RequestContext } from '../../src/application/application';
import { eraseSubject } from '../../src/application/erasures';
import { openLog } from '../../src/application/open-log';
import { registerOrganisation } from '../../src/application/organisations';
import { subjectStream } from '../../src/application/stream-names';
import { registerSubject } from '../../src/application/subjects';
import { instantAt } from '../../src/domain/time';
import { restoreLog } from '../../src/event-store/sqlite/restore-log';
import { openSqliteEventStore } from '../../src/event-store/sqlite/sqlite-event-store';
import { reconcileAtStart } from '../../src/node-jobs';
import { openReadModels } from '../../src/read-models/sqlite/open-read-models';
import { keyEncryptionKeyFiles } from '../../src/vault/key-encryption-keys';
import { openSqliteVault } from '../../src/vault/sqlite/sqlite-vault';
import { collect } from '../support/event-store-samples';

const reason = 'Art. 17';

/** Log and vault in a data directory, the keys in a directory of their own, as E2 wants them. */
describe('a whole backup from before an erasure, put back after it (E2)', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'samtykke-restored-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  async function open(name: string, keysIn = 'keys') {
    const directory = join(root, name);
    const store = openSqliteEventStore({ directory, clock: Date.now });
    const keys = keyEncryptionKeyFiles(join(root, keysIn), () => undefined);
    const vault = await openSqliteVault({ path: join(directory, 'vault.db'), keys });
    const now = () => instantAt(Date.now());
    const app = createApplication({ store, vault, logId: await openLog(store, vault.id, now()), now });
    const models = openReadModels({ file: ':memory:', store, nowMs: Date.now });
    models.runner.start();
    const request = { actor: await vault.actorOf({ issuer: 'test', claim: 'officer' }), correlationId: 'test' };
    const close = async () => {
      await models.close();
      await store.close();
      await vault.close();
    };
    const backup = async (to: string) => {
      await store.backup(join(root, to));
      await vault.backup(join(root, to));
    };
    const start = async () => {
      const head = await store.head();
      if (head !== undefined) await models.runner.waitFor(head, 10_000);
      return reconcileAtStart({ app, readModels: models.readModels });
    };
    const typesOf = async (id: string) => (await collect(store.readStream(subjectStream(id)))).map(({ type }) => type);
    return { app, request, close, backup, start, typesOf };
  }

  async function prepared(app: Application, request: RequestContext) {
    const registration = { slug: 'fjordlys', name: 'Fjordlys AS', timeZone: 'Europe/Oslo', defaultLocale: 'nb' };
    const { id: organisationId } = await registerOrganisation(app, request, {
      ...registration,
      approvalRequired: false,
    });
    const register = async (externalId: string) =>
      (await registerSubject(app, request, { organisationId, externalId })).id;
    return { organisationId, kari: await register('kari@example.test'), ola: await register('ola@example.test') };
  }

  function restore(from: string, to: string): void {
    mkdirSync(join(root, to), { recursive: true });
    restoreLog(join(root, from), join(root, to), 'events.db');
    cpSync(join(root, from, 'vault.db'), join(root, to, 'vault.db'));
  }

  test('forgets the person again before anybody is served, and says so in the log', async () => {
    const before = await open('data');
    const { organisationId, kari, ola } = await prepared(before.app, before.request);
    await before.backup('backup');
    await eraseSubject(before.app, before.request, { subjectId: kari, reason });
    await before.close();

    restore('backup', 'restored');
    const after = await open('restored');
    expect(await after.app.vault.findSubjects(organisationId, ['kari@example.test'])).toEqual([undefined]);
    expect(await after.app.vault.subjectStates([kari, ola])).toEqual(['ERASED', 'KEPT']);
    expect(await after.start()).toEqual({ forgotten: 0, recorded: 1 });
    expect(await after.typesOf(kari)).toEqual(['SubjectRegistered', 'SubjectErasureStarted', 'SubjectErased']);
    expect(await after.typesOf(ola)).toEqual(['SubjectRegistered']);
    expect(await after.app.vault.externalIdsOf([ola])).toEqual(['ola@example.test']);
    await after.close();

    const again = await open('restored');
    expect(await again.start()).toEqual({ forgotten: 0, recorded: 0 });
    await again.close();
  });

  test('an older vault alone, beside the log of today, is told by both', async () => {
    const before = await open('data');
    const { kari } = await prepared(before.app, before.request);
    await before.backup('backup');
    await eraseSubject(before.app, before.request, { subjectId: kari, reason });
    await before.close();
    for (const name of ['vault.db', 'vault.db-wal', 'vault.db-shm']) rmSync(join(root, 'data', name), { force: true });
    cpSync(join(root, 'backup', 'vault.db'), join(root, 'data', 'vault.db'));
    const after = await open('data');
    expect(await after.app.vault.subjectStates([kari])).toEqual(['ERASED']);
    expect(await after.start()).toEqual({ forgotten: 0, recorded: 0 });
    await after.close();
  });

  test('without the keys that stayed behind it opens for nobody', async () => {
    const before = await open('data');
    await prepared(before.app, before.request);
    await before.backup('backup');
    await before.close();
    restore('backup', 'restored');
    await expect(open('restored', 'other-keys')).rejects.toMatchObject({ code: 'VAULT_KEY_MISSING' });
  });

  test('what stands beside the keys names nobody', async () => {
    const node = await open('data');
    const { kari } = await prepared(node.app, node.request);
    await eraseSubject(node.app, node.request, { subjectId: kari, reason });
    await eraseSubject(node.app, node.request, { subjectId: kari, reason }).catch(() => undefined);
    await node.close();
    const notes = readFileSync(join(root, 'keys', 'vault-forgotten.txt'), 'utf8');
    expect(notes.split('\n').filter((line) => line !== '')).toEqual([kari]);
  });
});
