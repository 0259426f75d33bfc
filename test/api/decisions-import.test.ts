import { openTestApi, type TestApi } from '../support/api-harness';
import { type People, type Person, peopleOf } from '../support/people-over-api';
import { type Office, openOffice, STATEMENT, send, write } from '../support/policy-over-api';

describe('decisionsImport', () => {
  let api: TestApi;
  let office: Office;
  let people: People;
  let policy: string;
  let kari: Person;

  beforeEach(async () => {
    api = await openTestApi('2024-06-10T09:00:00.000Z');
    office = await openOffice(api, 'fjordlys');
    people = peopleOf(api, office);
    policy = await office.createPolicy('privacy');
    kari = await people.register('kari');
    const old = {
      policy,
      label: '2019',
      effectiveOn: '2019-05-01',
      locale: 'nb',
      format: 'PLAIN_TEXT',
      text: 'Gammel',
    };
    await write(api, office.publisher, 'policyVersionImport', { ...old, statement: STATEMENT }, 'version { id }');
  });
  afterEach(() => api.close());

  const row = (more: object = {}) => ({
    externalId: 'kari',
    fact: 'CONSENT_GIVEN',
    policy,
    version: '2019',
    purposes: ['newsletter'],
    method: 'PAPER_FORM',
    occurredAt: '2019-06-01T12:00:00+02:00',
    ...more,
  });

  test('a consent of 2019 counts from 2019 on, and was not known yesterday', async () => {
    const rows = [row()];
    const input = { organisation: office.id, rows };
    const dry = await send(api, office.service, 'decisionsImport', { ...input, dryRun: true }, 'imported');
    expect([dry.at('imported'), dry.codes]).toEqual([1, []]);
    expect(await people.status(kari, policy, 'newsletter')).toBe('UNKNOWN');

    api.clock.nowMs += 86_400_000;
    const done = await send(api, office.service, 'decisionsImport', input, 'imported');
    expect(done.at('imported')).toBe(1);
    expect(await people.status(kari, policy, 'newsletter', { effectiveOn: '2020-01-01' })).toBe('GIVEN');
    const yesterday = '2024-06-10T20:00:00.000Z';
    const before = { effectiveOn: '2020-01-01', recordedAt: yesterday };
    expect(await people.status(kari, policy, 'newsletter', before)).toBe('UNKNOWN');
  });

  test('rows that were there before are counted apart, and a late withdrawal that changes nothing is told', async () => {
    const withdrawn = { externalId: 'kari', fact: 'CONSENT_WITHDRAWN', policy, purposes: ['newsletter'] };
    const rows = [row(), { ...withdrawn, occurredAt: '2019-05-20T12:00:00+02:00' }];
    const fields = 'imported repeated warnings { code path }';
    const warnings = [{ code: 'LATE_CHANGES_NOTHING', path: ['rows', '1', 'occurredAt'] }];
    const input = { organisation: office.id, rows, idempotencyKey: 'old' };
    const first = await send(api, office.service, 'decisionsImport', input, fields);
    expect(first.data).toMatchObject({ imported: 2, repeated: 0, warnings });
    expect((await send(api, office.service, 'decisionsImport', input, fields)).data).toEqual(first.data);
    const again = { organisation: office.id, rows: [...rows, row({ occurredAt: '2020-06-01T12:00:00+02:00' })] };
    const second = await send(api, office.service, 'decisionsImport', again, fields);
    expect(second.data).toMatchObject({ imported: 3, repeated: 2, warnings });
  });

  test('every bad row is told with its number, and nothing is written', async () => {
    const rows = [
      row(),
      row({ externalId: 'nobody' }),
      row({ version: '2018' }),
      row({ purposes: ['unknown'] }),
      row({ method: 'SCROLL' }),
      row({ occurredAt: '2018-06-01T12:00:00+02:00' }),
    ];
    const document = `mutation ($input: DecisionsImportInput!) { decisionsImport(input: $input) { imported position
      userErrors { code ... on RowsRefused { rows { row code } } } } }`;
    const answer = await api.ask(document, {
      as: office.service,
      variables: { input: { organisation: office.id, rows } },
    });
    expect(answer.at('decisionsImport')).toEqual({
      imported: null,
      position: null,
      userErrors: [
        {
          code: 'ROWS_REFUSED',
          rows: [
            { row: 2, code: 'SUBJECT_UNKNOWN' },
            { row: 3, code: 'VERSION_UNKNOWN' },
            { row: 4, code: 'PURPOSE_UNKNOWN' },
            { row: 5, code: 'METHOD_NOT_A_CLEAR_ACT' },
            { row: 6, code: 'VERSION_NOT_OFFERED' },
          ],
        },
      ],
    });
    expect(await people.status(kari, policy, 'newsletter')).toBe('UNKNOWN');
  });
});
