import { readFileSync } from 'node:fs';
import { importText } from '../../src/application/imports/import-text';
import type { Position } from '../../src/event-store/event-store';
import { StoreUnavailable } from '../../src/event-store/event-store';
import { caller, openTestApi, type TestApi } from '../support/api-harness';
import { type People, type Person, peopleOf, type ShownVersion } from '../support/people-over-api';
import { type Office, openOffice, write } from '../support/policy-over-api';
import { officerOf } from './support/api-answers';
import { type Replayer, replayer } from './support/replay-file';

const REASON = 'Feil adresse – jeg bor på Ålesund nå';

jest.setTimeout(60_000);

describe('what a replay holds', () => {
  let api: TestApi;
  let office: Office;
  let acme: Office;
  let people: People;
  let replay: Replayer;
  let policy: string;
  let version: ShownVersion;
  let kari: Person;
  let ola: Person;

  beforeEach(async () => {
    api = await openTestApi('2024-01-10T09:00:00.000Z');
    office = await openOffice(api, 'fjordlys');
    acme = await openOffice(api, 'acme', { customerOf: office.id });
    people = peopleOf(api, office);
    policy = await office.createPolicy('privacy');
    version = await people.publish(policy, { text: '\ufeffVersjon en.\r\nÆØÅ\u00a0' });
    kari = await people.register('kari@example.org');
    ola = await people.register('ola@example.org', { customer: acme.id });
    await people.give(kari, version, ['newsletter']);
    const { services, clock } = api;
    replay = replayer({ app: services.app, readModels: services.readModels, nowMs: () => clock.nowMs });
  });
  afterEach(async () => {
    replay.remove();
    await api.close();
  });

  const restrict = (person: Person) =>
    write(api, person.token, 'processingRestrict', { policy, purposes: ['newsletter'], reason: REASON }, 'position');
  const head = async () => {
    const { log } = (await api.get('{ log { head } }', { as: caller('Odd', 'operator') })).data as {
      log: { head: string };
    };
    return { position: log.head };
  };
  const erase = async ({ id }: Person) => {
    await write(api, office.service, 'subjectErasureRequest', { subject: id }, 'subject { id }');
    await write(api, office.officer, 'subjectErase', { subject: id, reason: 'Art. 17' }, 'subject { id }');
  };
  const bytes = () => readFileSync(replay.file);

  test('without being asked it says of nobody who they are', async () => {
    await restrict(kari);
    await replay.make({ until: await head() });
    for (const value of ['kari@example.org', 'ola@example.org', 'Ålesund', 'Pia of fjordlys', 'Eva of fjordlys']) {
      expect([value, bytes().includes(value)]).toEqual([value, false]);
    }
    expect(replay.rows('stamp')).toMatchObject([{ personal_values: 0, organisation: null }]);
    expect(replay.rows('people', { external_id: 0, external_id_state: 0 })).toEqual(
      Array(2).fill({ external_id: null, external_id_state: 'LEFT_OUT' }),
    );
    expect(replay.rows('written_reasons')).toEqual([]);
    expect(replay.rows('versions', { published_by: 0 })).toEqual([{ published_by: null }]);
  });

  test('asked, it has external ids, names of actors, and what people wrote', async () => {
    await restrict(kari);
    await replay.make({ until: await head(), personal: true });
    expect(replay.rows('people', { subject_id: 0, external_id: 0, external_id_state: 0 })).toEqual([
      { subject_id: kari.id, external_id: 'kari@example.org', external_id_state: 'KNOWN' },
      { subject_id: ola.id, external_id: 'ola@example.org', external_id_state: 'KNOWN' },
    ]);
    expect(replay.rows('written_reasons')).toEqual([
      {
        subject_id: kari.id,
        place: 3,
        fact: 'ProcessingRestricted',
        occurred_at: '2024-01-10T09:00:00.000Z',
        recorded_at: '2024-01-10T09:00:00.000Z',
        reason: REASON,
        erased: 0,
      },
    ]);
    expect(replay.rows('versions', { published_by: 0 })).toEqual([{ published_by: 'Pia of fjordlys' }]);
  });

  test('who was erased since stays as they stood, without anything that was theirs', async () => {
    await restrict(kari);
    const until = await head();
    await replay.make({ until });
    const before = ['people', 'consents', 'notices', 'obligations', 'counts'].map((view) => replay.rows(view));
    await erase(kari);
    await replay.make({ until });
    expect(['people', 'consents', 'notices', 'obligations', 'counts'].map((view) => replay.rows(view))).toEqual(before);
    await replay.make({ until, personal: true });
    expect(replay.rows('people', { external_id: 0, external_id_state: 0, erased: 0 })[0]).toEqual({
      external_id: null,
      external_id_state: 'ERASED',
      erased: 0,
    });
    expect(replay.rows('written_reasons', { reason: 0, erased: 0 })).toEqual([{ reason: null, erased: 1 }]);
    expect(bytes().includes('kari@example.org')).toBe(false);
    await replay.make({ until: await head(), personal: true });
    expect(replay.rows('people', { erased: 0, external_id_state: 0 })[0]).toEqual({
      erased: 1,
      external_id_state: 'ERASED',
    });
  });

  test('of one organisation it holds its policies and people, and those whose customer it is', async () => {
    const other = await openOffice(api, 'nordvind');
    await other.createPolicy('secret');
    await acme.createPolicy('draft');
    const until = await head();
    await replay.make({ until, organisation: rowOf(office.id) });
    expect(replay.rows('people').map(({ subject_id }) => subject_id)).toEqual([kari.id, ola.id]);
    expect(replay.rows('policies').map((row) => row.policy)).toEqual(['fjordlys/privacy']);
    expect(replay.rows('stamp')).toMatchObject([{ organisation: 'fjordlys' }]);

    await replay.make({ until, organisation: rowOf(acme.id) });
    expect(replay.rows('people').map(({ subject_id }) => subject_id)).toEqual([ola.id]);
    // What it has itself, and what the person it is the customer of has to do with.
    expect(
      replay
        .rows('policies')
        .map((row) => row.policy)
        .sort(),
    ).toEqual(['acme/draft', 'fjordlys/privacy']);
    expect(new Set(replay.rows('counts').map((row) => row.policy))).toEqual(new Set(['acme/draft']));

    await replay.make({ until });
    expect(
      replay
        .rows('policies')
        .map((row) => row.policy)
        .sort(),
    ).toEqual(['acme/draft', 'fjordlys/privacy', 'nordvind/secret']);
  });

  test('that it was taken is a fact of each organisation concerned, with or without what people are called', async () => {
    const until = await head();
    await replay.make({ until });
    await replay.make({ until: await head(), organisation: rowOf(office.id), personal: true });
    await replay.make({ until, organisation: rowOf(acme.id) });
    await reached();
    const facts = async ({ id }: Office) => {
      const document = `query ($organisation: ID!) { facts(organisation: $organisation, types: ["LogReplayed"]) {
        nodes { sentence(locale: "nb") actor data } } }`;
      const answer = await api.get(document, { as: officerOf('fjordlys', 'acme'), variables: { organisation: id } });
      return answer.at('facts.nodes') as { sentence: string; actor: string; data: string }[];
    };
    const data = ({ data: text }: { data: string }) => JSON.parse(text) as Record<string, unknown>;
    expect((await facts(office)).map((fact) => data(fact).personalValues)).toEqual([false, true, false]);
    // It is no file that is kept here.
    const replayId = String(data((await facts(office))[0] ?? { data: '{}' }).replayId);
    expect((await api.get(`{ evidence(id: "${replayId}") { id } }`, { as: office.officer })).at('evidence')).toBeNull();
    expect((await facts(acme)).map((fact) => data(fact).personalValues)).toEqual([false, false]);
    expect((await facts(office)).map(({ sentence, actor }) => [sentence, actor])).toEqual([
      [expect.stringMatching(/^Fikk loggen spilt av til en fil, uten personopplysninger/), 'Auditor'],
      [expect.stringMatching(/^Fikk loggen spilt av til en fil, med personopplysninger/), 'Auditor'],
      [expect.stringMatching(/^Fikk loggen spilt av til en fil, uten personopplysninger/), 'Auditor'],
    ]);
  });

  test('where that cannot be recorded, nobody gets what people are called', async () => {
    const until = await head();
    const { app, readModels } = api.services;
    const append = async () => {
      throw new StoreUnavailable('The disk is full.');
    };
    const full = { ...app, store: { ...app.store, append, readStream: app.store.readStream.bind(app.store) } };
    const careless = replayer({ app: full, readModels, nowMs: () => api.clock.nowMs });
    expect(await careless.make({ until })).toMatchObject({ unrecorded: 'STORE_UNAVAILABLE', people: 2 });
    await expect(careless.make({ until, personal: true })).rejects.toThrow(StoreUnavailable);
    expect(careless.rows('stamp')).toMatchObject([{ personal_values: 0 }]);
    careless.remove();
  });

  test('texts are in it byte for byte, those that are not UTF-8 too', async () => {
    const latin = Buffer.from('Personvern\r\n\r\nSist oppdatert: 1. november 2023\r\n\r\nÆØÅ', 'latin1');
    const { app } = api.services;
    const actor = await app.vault.actorOf({ issuer: 'test', claim: 'importer' });
    await importText(
      app,
      { actor, correlationId: actor },
      {
        organisationId: acme.id,
        name: 'gammel.txt',
        bytes: latin,
        kind: 'PRIVACY_NOTICE',
      },
    );
    await reached();
    await replay.make({ until: await head() });
    const [text, old] = replay.rows('texts');
    const received = Buffer.from('\ufeffVersjon en.\r\nÆØÅ\u00a0', 'utf8');
    expect(received.equals(text?.body as Buffer)).toBe(true);
    expect(text).toMatchObject({
      text: '\ufeffVersjon en.\r\nÆØÅ\u00a0',
      bytes: received.length,
      format: 'PLAIN_TEXT',
    });
    expect(latin.equals(old?.body as Buffer)).toBe(true);
    expect(old).toMatchObject({ text: latin.toString('latin1'), bytes: latin.length });
  });

  function rowOf(id: string) {
    const { readModels } = api.services;
    const row = readModels.organisationById(id, readModels.applied());
    if (!row) throw new Error('There is no such organisation.');
    return row;
  }

  async function reached(): Promise<void> {
    const position = (await api.services.app.store.head()) as Position;
    await api.services.progress.waitFor(position, 10_000);
  }
});
