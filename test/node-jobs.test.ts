import { setTimeout as sleep } from 'node:timers/promises';
import type { Application } from '../src/application/application';
import { giveConsent } from '../src/application/decisions';
import { VaultLacksSubjects } from '../src/application/erasure-outcomes';
import { eraseSubject, placeLegalHold, requestErasure } from '../src/application/erasures';
import { registerOrganisation } from '../src/application/organisations';
import { subjectStream } from '../src/application/stream-names';
import { linkSubject } from '../src/application/subject-links';
import { registerSubjects } from '../src/application/subject-rows';
import { registerSubject } from '../src/application/subjects';
import { addMs, epochMsOf } from '../src/domain/time';
import { StoreUnavailable } from '../src/event-store/event-store';
import { EVIDENCE_LIFE_MS } from '../src/evidence/preparer';
import type { JobRounds } from '../src/job-rounds';
import { reconcileAtStart, startNodeJobs } from '../src/node-jobs';
import { keyEncryptionKeysInMemory } from '../src/vault/key-encryption-keys';
import { openSqliteVault } from '../src/vault/sqlite/sqlite-vault';
import { VaultUnavailable } from '../src/vault/vault';
import { collect } from './support/event-store-samples';
import { type EvidenceOffice, openEvidenceOffice } from './support/evidence-office';
import { byClick } from './support/people-office';

const DAY_MS = 86_400_000;
const reason = 'Art. 17';

describe('what a node does by itself', () => {
  let office: EvidenceOffice;
  let jobs: JobRounds | undefined;
  let lines: Record<string, unknown>[];
  beforeEach(async () => {
    office = await openEvidenceOffice();
    lines = [];
  });
  afterEach(async () => {
    await jobs?.close();
    jobs = undefined;
    await office.close();
  });

  const officer = () => office.request('officer');
  const later = (ms: number) => {
    office.clock.now = addMs(office.clock.now, ms);
  };
  /** Starts the jobs of a node anew, and waits until each has run. */
  async function run(): Promise<void> {
    await jobs?.close();
    await office.applied();
    const note = (line: object) => void lines.push({ ...line });
    const { app, records, desk } = office;
    const nowMs = () => epochMsOf(office.clock.now);
    const { readModels, runner: progress } = office.models;
    jobs = startNodeJobs({
      app,
      readModels,
      progress,
      records,
      evidence: desk,
      nowMs,
      log: { info: note, warn: note },
    });
    await jobs.runAll();
    await office.applied();
  }
  const told = (job: string) => lines.filter((line) => line.job === job);

  test('nothing to do is nothing told', async () => {
    await office.register();
    await run();
    expect(lines).toEqual([]);
    expect(await office.typesOf(await office.register())).toEqual(['SubjectRegistered']);
  });

  describe('erasures', () => {
    test('that waited for a hold are carried out once its time has come', async () => {
      const kari = await office.register();
      const until = addMs(office.clock.now, DAY_MS);
      await placeLegalHold(office.app, await officer(), { subjectId: kari, until, reason });
      await eraseSubject(office.app, await officer(), { subjectId: kari, reason });
      await run();
      expect(await office.typesOf(kari)).not.toContain('SubjectErasureStarted');
      later(DAY_MS);
      await run();
      expect((await office.typesOf(kari)).slice(-2)).toEqual(['SubjectErasureStarted', 'SubjectErased']);
      expect(told('erasures')).toMatchObject([{ done: 1 }]);
      expect(JSON.stringify(lines)).not.toContain(kari);
    });

    test('that wait for a hold placed while the node runs begin when it ends, long before the next round', async () => {
      const kari = await office.register();
      await run();
      const until = addMs(office.clock.now, 50);
      await placeLegalHold(office.app, await officer(), { subjectId: kari, until, reason });
      await eraseSubject(office.app, await officer(), { subjectId: kari, reason });
      await office.applied();
      later(50);
      const erased = async () => (await office.typesOf(kari)).includes('SubjectErased');
      for (let tries = 0; tries < 500 && !(await erased()); tries += 1) await sleep(20);
      expect(await erased()).toBe(true);
    });

    test('that were only asked for are left alone', async () => {
      const kari = await office.register();
      await requestErasure(office.app, await officer(), { subjectId: kari });
      await run();
      expect(await office.typesOf(kari)).not.toContain('SubjectErasureStarted');
    });

    test('that a crash cut short are gone on with, and one that fails keeps no other waiting', async () => {
      const [kari, ola] = [await office.register({ externalId: 'kari' }), await office.register({ externalId: 'ola' })];
      const away = withVault(office.app, () => {
        throw new VaultUnavailable('The vault is away.');
      });
      for (const subjectId of [kari, ola]) {
        await expect(eraseSubject(away, await officer(), { subjectId, reason })).rejects.toThrow('away');
      }
      const { app } = office;
      const erase = app.vault.eraseSubject.bind(app.vault);
      Object.assign(office, {
        app: withVault(app, (id) => {
          if (id === kari) throw new VaultUnavailable('The vault is away.');
          return erase(id);
        }),
      });
      await run();
      expect(await office.typesOf(kari)).not.toContain('SubjectErased');
      expect(await office.typesOf(ola)).toContain('SubjectErased');
      Object.assign(office, { app });
      await run();
      expect(await office.typesOf(kari)).toContain('SubjectErased');
    });
  });

  test('a link that was not mirrored in the account is, and once', async () => {
    const account = await office.register();
    const service = await office.request('service');
    const registration = { organisationId: office.organisationId, categories: ['customer'] };
    const { id: anonymousId } = await registerSubject(office.app, service, registration);
    const { store } = office.app;
    const failing = {
      ...store,
      append: (stream: string, ...rest: [never, never]) => {
        if (stream === subjectStream(account)) throw new StoreUnavailable('The store went away.');
        return store.append(stream, ...rest);
      },
    };
    const link = { anonymousId, accountId: account };
    const broken = { ...office.app, store: failing } as Application;
    await expect(linkSubject(broken, service, link)).rejects.toBeInstanceOf(StoreUnavailable);
    expect(await office.typesOf(account)).toEqual(['SubjectRegistered']);
    await run();
    await run();
    expect(await office.typesOf(account)).toEqual(['SubjectRegistered', 'SubjectLinkReceived']);
  });

  test("logins and deliveries are removed when the organisation's term is over, and that is recorded once", async () => {
    const kari = await office.register();
    const { organisationId } = office;
    const atMs = epochMsOf(office.clock.now);
    const record = (kind: 'LOGIN' | 'DELIVERY', at: number) =>
      office.records.record([{ kind, subjectId: kari, organisationId, channel: 'APP', atMs: at }]);
    await record('LOGIN', atMs);
    await record('DELIVERY', atMs + 1);
    await record('LOGIN', atMs + DAY_MS);
    later(21 * DAY_MS);
    await run();
    await run();
    later(1);
    await run();
    await run();
    const events = await collect(office.app.store.readStream(`organisation-${organisationId}`));
    expect(events.filter(({ type }) => type === 'OperationalRecordsRemoved').map(({ data }) => data)).toMatchObject([
      { logins: 1, deliveries: 0 },
    ]);
    later(1);
    await run();
    expect(told('retention')).toEqual([
      { job: 'retention', logins: 1, deliveries: 0 },
      { job: 'retention', logins: 0, deliveries: 1 },
    ]);
    expect(await office.records.recordsOf(kari, undefined, 10)).toHaveLength(1);
  });

  test('prepared files are removed when their time is over', async () => {
    await office.orderCopy(await office.register());
    await office.desk.idle();
    await run();
    expect(told('prepared-files')).toEqual([]);
    later(EVIDENCE_LIFE_MS);
    await run();
    expect(told('prepared-files')).toEqual([{ job: 'prepared-files', expired: 1 }]);
  });

  describe('at its start', () => {
    const reconcile = (app = office.app) => reconcileAtStart({ app, readModels: office.models.readModels });

    test('everybody of every organisation is looked up, page by page, and nothing is changed where all agrees', async () => {
      const operator = await office.request('operator');
      const other = await registerOrganisation(office.app, operator, {
        slug: 'havbris',
        name: 'Havbris AS',
        timeZone: 'Europe/Oslo',
        defaultLocale: 'nb',
        approvalRequired: false,
      });
      const service = await office.request('service');
      const rows = Array.from({ length: 700 }, (_, index) => ({ externalId: `person ${index}` }));
      await registerSubjects(office.app, service, { organisationId: office.organisationId, rows });
      await registerSubjects(office.app, service, { organisationId: other.id, rows });
      await office.applied();
      expect(await reconcile()).toEqual({ forgotten: 0, recorded: 0 });
      const empty = await openSqliteVault({ path: ':memory:', keys: keyEncryptionKeysInMemory() });
      const lost = reconcile({ ...office.app, vault: empty });
      await expect(lost).rejects.toMatchObject({ code: 'VAULT_LACKS_SUBJECTS', count: 1_400 });
      await expect(lost).rejects.toBeInstanceOf(VaultLacksSubjects);
      await empty.close();
    });

    test('whom the vault has forgotten, the log says so afterwards', async () => {
      const version = await office.publish('privacy');
      const kari = await office.register();
      const decision = { subjectId: kari, ...version, purposes: ['newsletter'], ...byClick };
      await giveConsent(office.app, await office.request('service'), decision);
      await office.app.vault.eraseSubject(kari);
      await office.applied();
      expect(await reconcile()).toEqual({ forgotten: 0, recorded: 1 });
      expect(await office.typesOf(kari)).toContain('SubjectErased');
      await office.applied();
      expect(await reconcile()).toEqual({ forgotten: 0, recorded: 0 });
    });
  });
});

function withVault(app: Application, eraseSubject: (id: string) => ReturnType<Application['vault']['eraseSubject']>) {
  return { ...app, vault: { ...app.vault, eraseSubject: async (id: string) => eraseSubject(id) } };
}
