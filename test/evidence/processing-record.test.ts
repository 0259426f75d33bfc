import { amendOrganisation, registerOrganisation } from '../../src/application/organisations';
import { createPolicy, setPolicyTitle } from '../../src/application/policies';
import { importVersion, retirePolicy, withdrawVersion } from '../../src/application/policy-versions';
import type { ProcessingStatement } from '../../src/domain/policy/processing-statement';
import { addMs, parseInstant, parseLocalDate } from '../../src/domain/time';
import { MAX_ACTIVITIES_IN_PDF } from '../../src/evidence/processing-record/record-pdf';
import { csvRecords } from '../support/csv-records';
import { type EvidenceOffice, openEvidenceOffice } from '../support/evidence-office';
import { pdfText } from '../support/pdf-text';
import { account, newsletter, statement, withPurpose } from '../support/policy-stories';

const DAY_MS = 86_400_000;
const KIND = { kind: 'PROCESSING_RECORD' } as const;

interface RecordJson {
  readonly format: string;
  readonly asOf: Readonly<Record<string, string>>;
  readonly organisation: { readonly slug: string; readonly name: string };
  readonly activities: readonly {
    readonly role: string;
    readonly policy: { readonly handle: string; readonly title: string };
    readonly version: { readonly label: string };
    readonly purpose: { readonly key: string };
    readonly controller: { readonly name: string; readonly number?: string };
    readonly processors: readonly { readonly name: string }[];
    readonly subjectCategories: readonly string[];
    readonly dataCategories: readonly string[];
    readonly recipients: readonly string[];
    readonly transfers: readonly string[];
    readonly retention: string;
    readonly securityMeasures?: string;
  }[];
  readonly leftOut: readonly {
    readonly code: string;
    readonly policy: { handle: string };
    readonly why: { nb: string };
  }[];
}

/** What a processor states: whoever the customer is, is the controller. */
const forCustomers: ProcessingStatement = {
  ...statement,
  controllerIsCustomer: true,
  purposes: [
    { ...account, recipients: ['Bærekraft Økonomi AS'], transfers: ['USA: standard contractual clauses'] },
    newsletter,
  ],
  processors: [{ name: 'Drift på Ålesund AS', role: 'hosting' }],
  securityMeasures: 'Kryptering og tilgangsstyring',
};

describe('the record of processing activities', () => {
  let office: EvidenceOffice;
  beforeEach(async () => {
    office = await openEvidenceOffice();
  });
  afterEach(() => office.close());

  const later = (ms: number) => {
    office.clock.now = addMs(office.clock.now, ms);
  };
  const read = async (more: Partial<Parameters<EvidenceOffice['orderExport']>[0]> = {}) =>
    JSON.parse(String(await office.exported({ ...KIND, format: 'JSON', ...more }))) as RecordJson;
  const customer = async (slug: string, name = slug) =>
    (
      await registerOrganisation(office.app, await office.request('operator'), {
        slug,
        name,
        timeZone: 'Europe/Oslo',
        defaultLocale: 'nb',
        customerOf: office.organisationId,
        approvalRequired: false,
      })
    ).id;
  const summary = ({ activities }: RecordJson) =>
    activities.map(({ role, controller, purpose }) => `${role} ${controller.name} ${purpose.key}`);

  test('tells what each statement in force says, an activity for each purpose', async () => {
    await office.publish('personvern', {
      label: 'Versjon 2. rev. 10',
      statement: withPurpose('account', { recipients: ['Regnskapsfører'], transfers: ['USA: SCC'] }),
    });
    const record = await read();
    expect(record).toMatchObject({ format: 'samtykke-processing-record/1', organisation: { slug: 'fjordlys' } });
    expect(summary(record)).toEqual(['CONTROLLER Fjordlys AS newsletter', 'CONTROLLER Fjordlys AS account']);
    expect(record.activities[1]).toMatchObject({
      policy: { handle: 'fjordlys/personvern', title: 'personvern' },
      version: { label: 'Versjon 2. rev. 10' },
      subjectCategories: ['customer'],
      dataCategories: ['e-mail address'],
      recipients: ['Regnskapsfører'],
      transfers: ['USA: SCC'],
      retention: 'Twelve months after the subscription ends',
    });
    expect(record.asOf).toMatchObject({ effectiveAt: office.clock.now, timeZone: 'Europe/Oslo', rules: '1' });
    expect(record.leftOut).toEqual([]);
  });

  test('stands as it stood: a later version changes nothing about a day before, nor does a new customer', async () => {
    await office.publish('personvern', { statement: forCustomers });
    await customer('acme', 'Acme AS');
    const then = office.clock.now;
    const before = await read({ effectiveAt: then });
    later(DAY_MS);
    await office.publish('personvern', {
      reasons: ['PURPOSE'],
      statement: { ...forCustomers, purposes: [newsletter] },
    });
    await customer('nova', 'Nova AS');
    const after = await read({ effectiveAt: then });
    expect(after.activities).toEqual(before.activities);
    expect(summary(before)).toEqual(['PROCESSOR Acme AS account', 'PROCESSOR Acme AS newsletter']);
    expect(summary(await read())).toEqual(['PROCESSOR Acme AS newsletter', 'PROCESSOR Nova AS newsletter']);
  });

  test("a processor's lists every customer, and the customer's own has what is done for it", async () => {
    await office.publish('personvern', { statement: forCustomers });
    const acme = await customer('acme', 'Acme AS');
    await customer('nova', 'Nova AS');
    await office.publish('acme-personvern', {
      organisationId: acme,
      statement: { ...statement, controller: { ...statement.controller, name: 'Acme AS' }, purposes: [newsletter] },
    });
    expect(summary(await read())).toEqual([
      'PROCESSOR Acme AS account',
      'PROCESSOR Acme AS newsletter',
      'PROCESSOR Nova AS account',
      'PROCESSOR Nova AS newsletter',
    ]);
    const own = await read({ organisationId: acme });
    expect(summary(own)).toEqual([
      'CONTROLLER Acme AS newsletter',
      'CONTROLLER Acme AS account',
      'CONTROLLER Acme AS newsletter',
    ]);
    expect(own.activities[1]?.processors.map(({ name }) => name)).toEqual(['Fjordlys AS', 'Drift på Ålesund AS']);
  });

  test('without any customer it names whom the statement names', async () => {
    await office.publish('personvern', { statement: forCustomers });
    expect(summary(await read())).toEqual(['PROCESSOR Fjordlys AS account', 'PROCESSOR Fjordlys AS newsletter']);
  });

  test('a customer that is registered late is listed from the day of its first imported person', async () => {
    await office.publish('personvern', { statement: forCustomers });
    const dayOfPerson = office.clock.now;
    later(10 * DAY_MS);
    const acme = await customer('acme', 'Acme AS');
    expect(summary(await read({ effectiveAt: dayOfPerson }))).not.toContain('PROCESSOR Acme AS account');
    await office.register({ externalId: 'kari', customerId: acme, registeredAt: dayOfPerson });
    expect(summary(await read({ effectiveAt: dayOfPerson }))).toContain('PROCESSOR Acme AS account');
    expect(summary(await read({ effectiveAt: addMs(dayOfPerson, -1) }))).toEqual([]);
  });

  test('while a cohort date is to come, both versions stand in it', async () => {
    await office.publish('personvern', { label: 'Gammel' });
    later(DAY_MS);
    await office.publish('personvern', {
      label: 'Ny',
      reasons: ['PURPOSE'],
      statement: { ...statement, purposes: [account] },
      effectiveFromForExisting: addMs(office.clock.now, 30 * DAY_MS),
    });
    const labels = async (ms: number) =>
      (await read({ effectiveAt: addMs(office.clock.now, ms) })).activities.map(
        ({ version, purpose }) => `${version.label} ${purpose.key}`,
      );
    expect(await labels(0)).toEqual(['Ny account', 'Gammel newsletter', 'Gammel account']);
    expect(await labels(30 * DAY_MS)).toEqual(['Ny account']);
    expect(await labels(-1)).toEqual(['Gammel newsletter', 'Gammel account']);
  });

  test('names each policy that it cannot tell of, and why', async () => {
    const { app } = office;
    const editor = await office.request('editor');
    const { organisationId } = office;
    const old = await createPolicy(app, editor, {
      organisationId,
      slug: 'gammel',
      kind: 'PRIVACY_NOTICE',
      title: 'Gammel',
    });
    await importVersion(app, editor, {
      policyId: old.id,
      label: 'Av 2020',
      effectiveOn: parseLocalDate('2020-01-01'),
      locale: 'nb',
      format: 'PLAIN_TEXT',
      text: 'En gammel tekst.',
      reasons: ['FIRST_VERSION'],
      summaries: [],
      renewalPurposes: [],
    });
    const retired = await office.publish('avsluttet');
    const withdrawn = await office.publish('trukket');
    await createPolicy(app, editor, { organisationId, slug: 'utkast', kind: 'TERMS', title: 'Utkast' });
    const reason = 'Ikke lenger i bruk';
    const publisher = await office.request('publisher');
    later(DAY_MS);
    await retirePolicy(app, publisher, { policyId: retired.policyId, reason, withdrawScheduled: false });
    await withdrawVersion(app, publisher, { ...withdrawn, reason, voidsDecisions: false });
    const record = await read();
    expect(summary(record)).toEqual([]);
    expect(record.leftOut.map(({ code, policy }) => `${code} ${policy.handle}`)).toEqual([
      'TEXT_ONLY fjordlys/gammel',
      'RETIRED fjordlys/avsluttet',
      'ALL_WITHDRAWN fjordlys/trukket',
    ]);
    expect(record.leftOut[0]?.why.nb).toContain('importert tekst');
    const dayBefore = await read({ effectiveAt: addMs(office.clock.now, -1) });
    expect(dayBefore.leftOut.map(({ code }) => code)).toEqual(['TEXT_ONLY']);
    expect(dayBefore.activities).toHaveLength(4);
  });

  test('at a position it is the same bytes for ever: after new names, new versions, and a restart', async () => {
    const { policyId } = await office.publish('personvern', { statement: forCustomers });
    const acme = await customer('acme', 'Acme AS');
    for (const format of ['JSON', 'CSV', 'PDF'] as const) {
      const evidence = await office.orderExport({ ...KIND, format });
      await office.desk.idle();
      const first = await office.bytesOf(evidence);
      later(DAY_MS);
      const operator = await office.request('operator');
      await amendOrganisation(office.app, operator, { organisationId: acme, name: `Acme ${format} ASA` });
      await setPolicyTitle(office.app, await office.request('editor'), {
        policyId,
        title: { locale: 'nb', text: `Ny tittel ${format}` },
      });
      await office.files.fail(evidence.evidenceId, 'LOST', 0);
      await office.reopened();
      await office.applied();
      await office.desk.stateOf(evidence);
      await office.desk.idle();
      expect([format, (await office.bytesOf(evidence)).equals(first)]).toEqual([format, true]);
    }
  });

  test('as CSV has a stamp, a line for each activity, and no cell that a spreadsheet would run', async () => {
    const evil = {
      ...statement,
      contact: '=HYPERLINK("http://evil.example","x")',
      purposes: [
        { ...newsletter, retention: '+1 year', dataCategories: ['@name', 'e-mail'], recipients: ['-2+3'] },
        { ...account, retention: '\tto the "end",\r\nor later', transfers: ['Åland'] },
      ],
    };
    await office.publish('personvern', { statement: evil, label: '=cmd' });
    const bytes = await office.exported({ ...KIND, format: 'CSV' });
    expect(bytes.subarray(0, 3).toString('hex')).toBe('efbbbf');
    const records = csvRecords(bytes);
    expect(new Set(records.map(({ length }) => length)).size).toBe(1);
    const head = new Map(records.map(([name = '', value = '']) => [name, value]));
    expect(head.get('effectiveAt')).toBe(office.clock.now);
    expect(head.get('rules')).toBe('1');
    const top = records.findIndex(([cell]) => cell === 'role');
    const [columns = [], ...lines] = records.slice(top);
    const cell = (line: number, column: string) => lines[line]?.[columns.indexOf(column)];
    expect(lines).toHaveLength(2);
    expect(cell(0, 'version')).toBe("'=cmd");
    expect(cell(0, 'contact')).toBe('\'=HYPERLINK("http://evil.example","x")');
    expect(cell(0, 'retention')).toBe("'+1 year");
    expect(cell(0, 'dataCategories')).toBe("'@name; e-mail");
    expect(cell(0, 'recipients')).toBe("'-2+3");
    expect(cell(1, 'retention')).toBe('\'\tto the "end",\r\nor later');
    expect(cell(1, 'transfers')).toBe('Åland');
    for (const each of records.flat()) expect(each).not.toMatch(/^[=+\-@\t\r]/);
  });

  test('as PDF is read by people, with their letters', async () => {
    await office.publish('personvern', { statement: forCustomers });
    await customer('acme', 'Blåbærsyltetøy AS');
    const text = pdfText(await office.exported({ ...KIND, format: 'PDF' })).join('\n');
    expect(text).toContain('Protokoll over behandlingsaktiviteter');
    expect(text).toContain('Som databehandler: Blåbærsyltetøy AS');
    expect(text).toContain('Bærekraft Økonomi AS');
    expect(text).toContain('Drift på Ålesund AS');
    expect(text).toContain('Kryptering og tilgangsstyring');
    expect(text).not.toContain('\uFFFD');
  });

  test('more activities than anybody reads on pages make no PDF, and say so', async () => {
    const many = Array.from({ length: 50 }, (_, n) => ({ ...account, key: `purpose-${n}` }));
    await office.publish('personvern', { statement: { ...forCustomers, purposes: many } });
    for (let n = 0; n * many.length <= MAX_ACTIVITIES_IN_PDF; n += 1) await customer(`customer-${n}`);
    const evidence = await office.orderExport({ ...KIND, format: 'PDF' });
    await office.desk.idle();
    expect(await office.desk.stateOf(evidence)).toEqual({ status: 'FAILED', failure: 'PDF_TOO_LARGE' });
    expect((await read()).activities.length).toBeGreaterThan(MAX_ACTIVITIES_IN_PDF);
    expect(office.faults).toEqual([]);
  });

  test('before the organisation was known there is nothing to tell', async () => {
    await office.publish('personvern');
    const record = await read({ effectiveAt: parseInstant('2001-01-01T00:00:00.000Z') });
    expect([record.activities, record.leftOut]).toEqual([[], []]);
  });
});
