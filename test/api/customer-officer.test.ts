import type { ExecutionResult } from 'graphql';
import type { Caller } from '../../src/api/auth/caller';
import { openTestApi, type TestApi } from '../support/api-harness';
import { type People, type Person, peopleOf } from '../support/people-over-api';
import { type Office, openOffice, STATEMENT, write } from '../support/policy-over-api';

const DAY_MS = 86_400_000;

/**
 * What an officer of a processor's customer may read: the facts of persons whose customer it is, and its own policies;
 * nothing else of the processor, by whatever door (7-doors, rule O1).
 */
describe('an officer of a customer', () => {
  let api: TestApi;
  let sky: Office;
  let acme: Office;
  let bravo: Office;
  let people: People;
  let skyPolicy: string;
  let acmePolicy: string;
  let kari: Person;
  let ola: Person;
  let open: AsyncIterableIterator<ExecutionResult>[];

  beforeEach(async () => {
    api = await openTestApi('2024-01-10T09:00:00.000Z');
    sky = await openOffice(api, 'sky');
    acme = await openOffice(api, 'acme', { customerOf: sky.id });
    bravo = await openOffice(api, 'bravo', { customerOf: sky.id });
    people = peopleOf(api, sky);
    skyPolicy = await sky.createPolicy('privacy');
    acmePolicy = await acme.createPolicy('privacy');
    const shown = await people.publish(skyPolicy, { text: 'Databehandlerens tekst.' });
    await acme.publish(acmePolicy, { text: 'Kundens tekst.', statement: STATEMENT });
    kari = await people.register('kari', { customer: acme.id });
    ola = await people.register('ola', { customer: bravo.id });
    for (const person of [kari, ola]) await people.give(person, shown, ['newsletter']);
    open = [];
  });
  afterEach(async () => {
    for (const each of open) await each.return?.();
    await api.close();
  });

  const facts = async (as: Caller, args: string) => {
    const answer = await api.ask(`{ facts(${args}, first: 100) { nodes { type subject } } }`, { as });
    const nodes = answer.at('facts.nodes') as readonly { type: string; subject: string | null }[] | undefined;
    return { codes: answer.codes, types: nodes?.map(({ type }) => type), subjects: nodes?.map((each) => each.subject) };
  };
  const ofPerson = ['SubjectRegistered', 'ConsentGiven'];

  test('reads the facts of a person whose customer it is, by the person and by the customer', async () => {
    const own = await api.get(`{ subject(id: "${kari.id}") { id facts { nodes { type } } consents { status } } }`, {
      as: acme.officer,
    });
    expect(own.at('subject.facts.nodes')).toEqual(ofPerson.map((type) => ({ type })));
    expect(own.at('subject.consents.0.status')).toBe('GIVEN');
    const listed = await facts(acme.officer, `organisation: "${acme.id}", subject: "${kari.id}"`);
    expect(listed).toEqual({ codes: [], types: ofPerson, subjects: [kari.id, kari.id] });
    const onPolicy = `organisation: "${acme.id}", subject: "${kari.id}", types: ["ConsentGiven"]`;
    expect((await facts(acme.officer, onPolicy)).types).toEqual(['ConsentGiven']);
  });

  test('reads of its own log what its own policies and staff did, and of nobody else', async () => {
    const { types, subjects } = await facts(acme.officer, `organisation: "${acme.id}"`);
    expect(types).toContain('PolicyVersionPublished');
    expect(types).not.toContain('SubjectRegistered');
    expect(new Set(subjects)).toEqual(new Set([null]));
  });

  test.each([
    ['another customer’s person', () => `organisation: "${acme.id}", subject: "${ola.id}"`, ['NOT_FOUND']],
    ['the processor’s log', () => `organisation: "${sky.id}"`, ['FORBIDDEN']],
    ['its person in the processor’s log', () => `organisation: "${sky.id}", subject: "${kari.id}"`, ['FORBIDDEN']],
    [
      'the processor’s policy in its own log',
      () => `organisation: "${acme.id}", policy: "${skyPolicy}"`,
      ['NOT_FOUND'],
    ],
  ] as const)('reads nothing of %s', async (_what, args, codes) => {
    const answer = await facts(acme.officer, args());
    expect([answer.types, answer.codes.map((code) => (code === 'NOT_FOUND' ? code : 'FORBIDDEN'))]).toEqual([
      undefined,
      codes,
    ]);
  });

  test('and its services read nobody of the processor', async () => {
    for (const who of [kari, ola]) {
      const answer = await api.get(`{ subject(id: "${who.id}") { id } node(id: "${who.id}") { id } }`, {
        as: acme.service,
      });
      expect(answer.data).toEqual({ subject: null, node: null });
    }
    expect(await facts(acme.service, `organisation: "${acme.id}", subject: "${kari.id}"`)).toMatchObject({
      types: undefined,
      codes: ['NOT_FOUND'],
    });
  });

  test('finds the persons whose customer it is by list too, by both their ids, and nobody in place of others', async () => {
    const listed = (args: string, as: Caller) =>
      api.ask(`{ subjects(organisation: "${sky.id}", ${args}) { id } }`, { as });
    const ids = `ids: ["${ola.id}", "${kari.id}", "${sky.id}"]`;
    expect((await listed(ids, acme.officer)).at('subjects')).toEqual([null, { id: kari.id }, null]);
    const externalIds = 'externalIds: ["kari", "nobody", "ola"]';
    expect((await listed(externalIds, acme.officer)).at('subjects')).toEqual([{ id: kari.id }, null, null]);
    expect((await listed(ids, bravo.officer)).at('subjects')).toEqual([{ id: ola.id }, null, null]);
    for (const stranger of [acme.service, acme.editor, (await openOffice(api, 'cato')).officer]) {
      expect((await listed(ids, stranger)).data).toBeNull();
    }
    api.clock.nowMs += DAY_MS;
    await write(api, sky.service, 'subjectClassify', { subject: kari.id, customer: bravo.id }, 'subject { id }');
    expect((await listed(ids, acme.officer)).at('subjects')).toEqual([null, null, null]);
  });

  test('finds nobody else by list, external id or count of the processor', async () => {
    const officer = { as: acme.officer };
    const listed = await api.ask(`{ subjects(organisation: "${sky.id}", ids: ["${ola.id}"]) { id } }`, officer);
    expect(listed.data).toEqual({ subjects: [null] });
    const ofAcme = await api.get(`{ subjects(organisation: "${acme.id}", ids: ["${kari.id}", "${ola.id}"]) { id } }`, {
      as: acme.service,
    });
    expect(ofAcme.at('subjects')).toEqual([null, null]);
    const other = `{ subject(id: "${ola.id}") { id } node(id: "${ola.id}") { id } }`;
    expect((await api.get(other, officer)).data).toEqual({ subject: null, node: null });
    const byName = `{ subject(organisation: "${sky.id}", externalId: "ola") { id } }`;
    expect((await api.get(byName, officer)).data).toEqual({ subject: null });
  });

  test('reads a person only of the dates at which they belonged to it', async () => {
    api.clock.nowMs += DAY_MS;
    await write(api, sky.service, 'subjectClassify', { subject: kari.id, customer: bravo.id }, 'subject { id }');
    api.clock.nowMs += DAY_MS;
    const now = `{ subject(id: "${kari.id}") { id } }`;
    expect((await api.get(now, { as: acme.officer })).data).toEqual({ subject: null });
    const then = `organisation: "${acme.id}", subject: "${kari.id}", asOf: { recordedAt: "2024-01-10T09:00:00.000Z" }`;
    expect((await facts(acme.officer, then)).types).toEqual(ofPerson);
    expect((await facts(bravo.officer, `organisation: "${bravo.id}", subject: "${kari.id}"`)).types).toEqual([
      ...ofPerson,
      'SubjectClassified',
    ]);
    const before = `organisation: "${bravo.id}", subject: "${kari.id}", asOf: { recordedAt: "2024-01-10T09:00:00.000Z" }`;
    expect((await facts(bravo.officer, before)).codes).toEqual(['NOT_FOUND']);
  });

  test('follows its own facts live, and none of the processor’s people', async () => {
    const document = (organisation: string) =>
      `subscription { factsRecorded(organisation: "${organisation}") { type } }`;
    const refused = await api.watch(document(sky.id), { as: acme.officer });
    expect('codes' in refused && refused.codes.length).toBe(1);
    const feed = await api.watch(document(acme.id), { as: acme.officer });
    if (!(Symbol.asyncIterator in feed)) throw new Error('It was not opened.');
    open.push(feed);
    const first = feed.next();
    await people.withdraw(kari, skyPolicy, ['newsletter']);
    await write(
      api,
      acme.editor,
      'policyTitleSet',
      { policy: acmePolicy, locale: 'nb', title: 'Ny tittel' },
      'policy { id }',
    );
    expect((await first).value?.data).toEqual({ factsRecorded: { type: 'PolicyTitleSet' } });
  });

  test('writes nothing about a person of the processor', async () => {
    const input = { subject: kari.id, reason: 'Ikke vår' };
    for (const mutation of ['subjectErase', 'legalHoldPlace', 'subjectErasureDecline']) {
      const type =
        mutation === 'legalHoldPlace' ? 'LegalHoldInput' : `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`;
      const answer = await api.ask(`mutation ($input: ${type}!) { ${mutation}(input: $input) { position } }`, {
        as: acme.officer,
        variables: { input },
      });
      expect({ mutation, codes: answer.codes }).toEqual({ mutation, codes: ['FORBIDDEN'] });
    }
  });
});
