import { SUBJECT_SENTENCES } from '../../src/application/sentences/subject-sentences';
import { KNOWN_EVENT_TYPES } from '../../src/domain/stored-events';
import { openTestApi, operator, type TestApi } from '../support/api-harness';
import { type Office, openOffice, STATEMENT, write } from '../support/policy-over-api';

const NODE = 'position type sentence occurredAt recordedAt actor subject policy data';

describe('facts', () => {
  let api: TestApi;
  let office: Office;
  let policy: string;

  beforeAll(async () => {
    api = await openTestApi();
    office = await openOffice(api, 'fjordlys');
    policy = await office.createPolicy('privacy');
    await live();
  });
  afterAll(async () => {
    expect(api.faults).toEqual([]);
    await api.close();
  });

  /** Makes one fact of every kind that the API can make. */
  async function live(): Promise<void> {
    const { editor, publisher, id } = office;
    const amend = (change: object) =>
      write(api, operator, 'organisationAmend', { organisation: id, ...change }, 'organisation { id }');
    await amend({ name: 'Nytt Navn AS', number: '974760673' });
    await amend({
      timeZone: 'Europe/Stockholm',
      defaultLocale: 'nn',
      noticeLeadDays: 20,
      retention: { operationalDays: 90 },
    });
    await write(api, editor, 'policyTitleSet', { policy, locale: 'en', title: 'Privacy' }, 'policy { id }');
    const past = {
      policy,
      label: 'gammel',
      effectiveOn: '2020-01-01',
      locale: 'nb',
      format: 'PLAIN_TEXT',
      text: 'Gammel',
    };
    const imported = await write(api, publisher, 'policyVersionImport', past, 'version { id }');
    await write(
      api,
      publisher,
      'policyVersionImportRevoke',
      { version: imported.at('version.id'), reason: 'Feil dato' },
      'version { id }',
    );
    const draft = { policy, expectedVersion: 0, locale: 'en', format: 'PLAIN_TEXT', text: 'Text' };
    await write(api, editor, 'policyDraftEdit', draft, 'policy { id }');
    await write(api, editor, 'policyDraftLocaleRemove', { policy, expectedVersion: 1, locale: 'en' }, 'policy { id }');
    await write(
      api,
      editor,
      'policyDraftStatementSet',
      { policy, expectedVersion: 2, statement: STATEMENT },
      'policy { id }',
    );
    await write(api, editor, 'policyDraftDiscard', { policy, expectedVersion: 3 }, 'policy { id }');
    const version = await office.publish(policy, {
      text: 'Tekst',
      label: 'Versjon 2. rev. 10',
      more: { effectiveOn: '2024-06-15' },
    });
    await write(
      api,
      publisher,
      'policyVersionLocaleAdd',
      { version: version.id, locale: 'en', format: 'PLAIN_TEXT', text: 'Text' },
      'version { id }',
    );
    const second = await office.publish(policy, { text: 'Ny', label: '3', reasons: ['WORDING'] });
    await write(api, publisher, 'policyVersionWithdraw', { version: second.id, reason: 'Feil' }, 'version { id }');
    await write(api, publisher, 'policyRetire', { policy, reason: 'Nedlagt' }, 'policy { id }');
    await amend({ approvalRequired: false });
    const template = await write(
      api,
      editor,
      'policyTemplateCreate',
      { organisation: id, slug: 'mal', kind: 'TERMS' },
      'template { id }',
    );
    const text = {
      template: template.at('template.id'),
      expectedVersion: 0,
      locale: 'nb',
      format: 'PLAIN_TEXT',
      text: 'Vilkår for {{firma}}',
    };
    await write(api, editor, 'policyTemplateEdit', text, 'template { id }');
    const creation = {
      organisation: id,
      slug: 'terms',
      kind: 'TERMS',
      title: 'Vilkår',
      template: template.at('template.id'),
      variables: [{ name: 'firma', value: 'Fjordlys' }],
    };
    await write(api, editor, 'policyCreate', creation, 'policy { id }');
  }

  const ask = (args: string, nodes = NODE) =>
    api.ask(
      `{ facts(organisation: "${office.id}"${args}) { nodes { ${nodes} } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
      { as: office.officer },
    );
  /** A fact with those of its fields that were asked for. */
  interface Fact {
    readonly position: string;
    readonly policy: string;
    readonly nb: string;
    readonly en: string;
    readonly other: string;
    readonly type: string;
    readonly sentence: string;
    readonly data: string;
    readonly actor: string;
  }
  const nodes = async (args: string, fields = NODE) => (await ask(args, fields)).at('facts.nodes') as Fact[];

  test('every kind of fact tells a sentence in Norwegian and in English', async () => {
    const told = await nodes(
      ', first: 100',
      'type nb: sentence(locale: "nb-NO") en: sentence(locale: "en") other: sentence',
    );
    // What is recorded about people, by a job or by an import has tests of its own.
    const elsewhere = [
      ...Object.keys(SUBJECT_SENTENCES),
      'OperationalRecordsRemoved',
      'EvidencePrepared',
      'LogReplayed',
      'DecisionsImportCompleted',
      'LogReplayed',
    ];
    const noFacts = ['LogOpened', 'ClockFaultRecorded', 'TextChunkStored'];
    const onlyByImport = ['PolicyRetirementImported', 'PolicyRetirementImportRevoked'];
    expect(new Set(told.map(({ type }) => type))).toEqual(
      new Set(KNOWN_EVENT_TYPES.filter((type) => ![...elsewhere, ...onlyByImport, ...noFacts].includes(type))),
    );
    for (const { type, nb, en, other } of told) {
      expect(nb).toMatch(/^[A-ZÆØÅ].+$/);
      expect(en).toMatch(/^[A-Z].+$/);
      expect([type, nb]).not.toEqual([type, en]);
      // The organisation's language is nynorsk, for which bokmål stands in.
      expect(other).toBe(nb);
    }
    expect(await nodes(', types: ["PolicyVersionPublished"], first: 1', 'sentence(locale: "en")')).toEqual([
      { sentence: 'Published version 2 (Versjon 2. rev. 10), effective from 2024-06-15.' },
    ]);
  });

  test('what a fact holds is canonical JSON without anybody in it; who did it is a field of its own', async () => {
    const facts = await nodes(', first: 100');
    for (const { data } of facts) {
      expect(JSON.stringify(JSON.parse(data))).toBe(data);
      expect(data).not.toMatch(/"(author|approver|publisher|importer|templateAuthors)"/);
    }
    expect(facts.filter(({ type }) => type === 'PolicyDraftApproved').map(({ actor }) => actor)).toEqual([
      'Arne of fjordlys',
      'Arne of fjordlys',
    ]);
  });

  test('are paged both ways by positions', async () => {
    const all = await nodes(', first: 100');
    const positions = all.map(({ position }) => position);
    const forwards: string[] = [];
    for (let after = ''; ; ) {
      const { at } = await ask(`, first: 7${after}`);
      forwards.push(...(at('facts.nodes') as Fact[]).map(({ position }) => position));
      expect(at('facts.pageInfo.hasPreviousPage')).toBe(after !== '');
      if (at('facts.pageInfo.hasNextPage') !== true) break;
      after = `, after: "${at('facts.pageInfo.endCursor')}"`;
    }
    expect(forwards).toEqual(positions);
    const last = await ask(`, last: 3, first: 1, before: "${positions[10]}"`);
    expect((last.at('facts.nodes') as Fact[]).map(({ position }) => position)).toEqual(positions.slice(7, 10));
    expect(last.at('facts.pageInfo')).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    expect((await ask(', last: 2')).at('facts.pageInfo')).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  });

  test('are narrowed by policy, type and stamp', async () => {
    const all = await nodes(', first: 100');
    const ofPolicy = await nodes(`, policy: "${policy}", first: 100`, 'type policy');
    expect(new Set(ofPolicy.map((fact) => fact.policy))).toEqual(new Set([policy]));
    expect(await nodes(', types: ["PolicyRetired", "NoSuchType"]', 'type')).toEqual([{ type: 'PolicyRetired' }]);
    expect(await nodes(', types: []', 'type')).toEqual([]);
    expect(await nodes(`, asOf: { position: "${all[4]?.position}" }`, 'position')).toEqual(
      all.slice(0, 5).map(({ position }) => ({ position })),
    );
  });

  test('are for officers and services of the organisation, and nobody else', async () => {
    const query = `{ facts(organisation: "${office.id}", first: 1) { nodes { type } } }`;
    const other = await openOffice(api, 'nordvik');
    expect((await api.ask(query, { as: office.service })).codes).toEqual([]);
    expect((await api.ask(query, { as: office.editor })).codes).toEqual(['FORBIDDEN']);
    expect((await api.ask(query, { as: other.officer })).codes).toEqual(['FORBIDDEN']);
    expect((await api.ask(query, { as: operator })).codes).toEqual(['FORBIDDEN']);
    expect((await api.ask(query)).codes).toEqual(['UNAUTHENTICATED']);
    expect(
      (await api.ask('{ facts(organisation: "nobody") { nodes { type } } }', { as: office.officer })).codes,
    ).toEqual(['NOT_FOUND']);
    const theirs = await other.createPolicy('privacy');
    expect((await ask(`, policy: "${theirs}"`)).codes).toEqual(['NOT_FOUND']);
    expect((await ask(', subject: "0"')).codes).toEqual(['NOT_FOUND']);
    expect((await ask(', after: "x"')).codes).toEqual(['BAD_POSITION']);
  });
});
