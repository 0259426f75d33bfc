import { giveConsent, refuseConsent, withdrawConsent } from '../../src/application/decisions';
import { eraseSubject } from '../../src/application/erasures';
import { recordNotice } from '../../src/application/notices';
import { registerOrganisation } from '../../src/application/organisations';
import { setPolicyTitle } from '../../src/application/policies';
import { registerSubjects } from '../../src/application/subject-rows';
import { classifySubject } from '../../src/application/subjects';
import { addMs } from '../../src/domain/time';
import { MAX_PEOPLE_IN_PDF } from '../../src/evidence/audit-export/audit-pdf';
import { EVIDENCE_LIFE_MS } from '../../src/evidence/preparer';
import { csvRecords } from '../support/csv-records';
import { type EvidenceOffice, openEvidenceOffice } from '../support/evidence-office';
import { pdfText } from '../support/pdf-text';
import { byClick, type ShownVersion } from '../support/people-office';
import { withPurpose } from '../support/policy-stories';

const DAY_MS = 86_400_000;
const FORMATS = ['JSON', 'CSV', 'PDF'] as const;

interface AuditJson {
  readonly format: string;
  readonly asOf: Readonly<Record<string, string>>;
  readonly rows: number;
  readonly policies: readonly {
    readonly handle: string;
    readonly subjects: number;
    readonly inBreach: number;
    readonly notices: readonly { readonly step: string; readonly subjects: number; readonly version: string }[];
    readonly acceptances: readonly { readonly version: string; readonly subjects: number }[];
    readonly consents: readonly { purpose: string; status: string; subjects: number; valid: number }[];
  }[];
  readonly people: readonly Person[];
}

interface Person {
  readonly subject: string;
  readonly policy: string;
  readonly externalId?: string | null | { readonly erased: true };
  readonly categories: readonly string[];
  readonly customer?: string;
  readonly version?: string;
  readonly notice: { readonly step: string };
  readonly acceptance?: { readonly accepted: boolean };
  readonly consents: readonly {
    purpose: string;
    status: string;
    valid: boolean;
    reason: { code: string; rule: string };
  }[];
  readonly obligations: readonly { readonly kind: string }[];
  readonly inBreach: boolean;
}

describe('an audit that is taken away', () => {
  let office: EvidenceOffice;
  let policy: ShownVersion;
  beforeEach(async () => {
    office = await openEvidenceOffice();
    policy = await office.publish('personvern', { label: '=2+5 Versjon på prøve' });
  });
  afterEach(() => office.close());

  const service = () => office.request('service');
  const officer = () => office.request('officer');
  const newsletter = { purposes: ['newsletter'], ...byClick };
  const later = (ms: number) => {
    office.clock.now = addMs(office.clock.now, ms);
  };
  type Order = Parameters<EvidenceOffice['orderExport']>[0];
  const audit = (more: Partial<Order> = {}): Order => ({
    kind: 'AUDIT',
    format: 'JSON',
    policyId: policy.policyId,
    ...more,
  });
  const read = async (more: Partial<Order> = {}) => JSON.parse(String(await office.exported(audit(more)))) as AuditJson;
  const table = async (more: Partial<Order> = {}) => {
    const records = csvRecords(await office.exported(audit({ format: 'CSV', ...more })));
    const top = records.findIndex(([cell]) => cell === 'policy');
    const [columns = [], ...lines] = records.slice(top);
    const rows = lines.map((line) => Object.fromEntries(line.map((cell, at) => [columns[at] ?? '', cell])));
    return { records, head: records.slice(0, top), columns, rows };
  };

  /** Kari said yes, Ola no, Eva took her yes back, Per did nothing. */
  async function decide() {
    const [kari, ola, eva, per] = [
      await office.register({ externalId: 'kari@example.org' }),
      await office.register({ externalId: '=HYPERLINK("x")' }),
      await office.register({ externalId: 'eva@example.org' }),
      await office.register({ externalId: 'per@example.org' }),
    ];
    const { app } = office;
    await recordNotice(app, await service(), { subjectId: kari, ...policy, channel: 'EMAIL', step: 'NOTIFIED' });
    await giveConsent(app, await service(), { subjectId: kari, ...policy, ...newsletter });
    await refuseConsent(app, await service(), { subjectId: ola, ...policy, ...newsletter });
    await giveConsent(app, await service(), { subjectId: eva, ...policy, ...newsletter });
    later(1_000);
    const { policyId } = policy;
    await withdrawConsent(app, await service(), { subjectId: eva, policyId, purposes: ['newsletter'] });
    return { kari, ola, eva, per };
  }
  const statusOf = ({ people }: AuditJson, subject: string) =>
    people.find((each) => each.subject === subject)?.consents.find(({ purpose }) => purpose === 'newsletter')?.status;

  test('has the counts, and everybody as they stood, each with the reason', async () => {
    const { kari, ola, eva, per } = await decide();
    const file = await read();
    expect(file).toMatchObject({ format: 'samtykke-audit/1', rows: 4 });
    expect(file.asOf).toMatchObject({ effectiveAt: office.clock.now, rules: '1', timeZone: 'Europe/Oslo' });
    expect(file.people.map(({ subject }) => subject)).toEqual([kari, ola, eva, per]);
    expect([kari, ola, eva, per].map((each) => statusOf(file, each))).toEqual([
      'GIVEN',
      'REFUSED',
      'WITHDRAWN',
      'UNKNOWN',
    ]);
    expect(file.people[0]?.consents.find(({ purpose }) => purpose === 'newsletter')).toMatchObject({
      valid: true,
      versionId: policy.versionId,
      contentSha256: policy.contentSha256,
      reason: { code: 'GIVEN', rule: 'D1' },
    });
    expect(file.people[0]).toMatchObject({ notice: { step: 'NOTIFIED' }, policy: 'fjordlys/personvern' });
    const [counts] = file.policies;
    expect(counts).toMatchObject({ handle: 'fjordlys/personvern', subjects: 4, inBreach: 0 });
    expect(counts?.consents.filter(({ purpose }) => purpose === 'newsletter')).toEqual([
      { purpose: 'newsletter', status: 'GIVEN', subjects: 1, valid: 1 },
      { purpose: 'newsletter', status: 'REFUSED', subjects: 1, valid: 0 },
      { purpose: 'newsletter', status: 'UNKNOWN', subjects: 1, valid: 0 },
      { purpose: 'newsletter', status: 'WITHDRAWN', subjects: 1, valid: 0 },
    ]);
    expect(counts?.notices.map(({ step, subjects }) => [step, subjects])).toEqual(
      expect.arrayContaining([
        ['NOTIFIED', 1],
        ['PENDING', 3],
      ]),
    );
  });

  test('of a moment before shows what was true then, by what was known then', async () => {
    const before = office.clock.now;
    const { kari, eva } = await decide();
    const then = await read({ effectiveAt: addMs(office.clock.now, -1) });
    expect([kari, eva].map((each) => statusOf(then, each))).toEqual(['GIVEN', 'GIVEN']);
    const { position } = office.models.readModels.applied();
    later(DAY_MS);
    const { policyId } = policy;
    await withdrawConsent(office.app, await service(), { subjectId: kari, policyId, purposes: ['newsletter'] });
    expect(statusOf(await read({ position }), kari)).toBe('GIVEN');
    expect(statusOf(await read(), kari)).toBe('WITHDRAWN');
    expect((await read({ effectiveAt: addMs(before, -1) })).people).toEqual([]);
  });

  test('while a cohort date is to come, everybody stands with the version that is in force for them', async () => {
    const { kari } = await decide();
    later(DAY_MS);
    const cohortDate = addMs(office.clock.now, 30 * DAY_MS);
    await office.publish('personvern', {
      label: 'Ny',
      reasons: ['RETENTION'],
      statement: withPurpose('account', { retention: 'Seks måneder' }),
      effectiveFromForExisting: cohortDate,
    });
    later(1_000);
    const newcomer = await office.register({ externalId: 'ny@example.org' });
    const labels = async (more: Partial<Order> = {}) => {
      const { people, policies } = await read(more);
      expect(policies[0]?.subjects).toBe(people.length);
      const labelOf = (subject: string) => people.find((each) => each.subject === subject)?.version;
      return [labelOf(kari), labelOf(newcomer)];
    };
    expect(await labels()).toEqual(['=2+5 Versjon på prøve', 'Ny']);
    expect(await labels({ effectiveAt: addMs(office.clock.now, -2_000) })).toEqual([
      '=2+5 Versjon på prøve',
      undefined,
    ]);
    expect(await labels({ effectiveAt: cohortDate })).toEqual(['Ny', 'Ny']);
  });

  test('is the same bytes whenever it is made of the same moment', async () => {
    await decide();
    for (const format of FORMATS) {
      const evidence = await office.orderExport(audit({ format }));
      await office.desk.idle();
      const first = await office.bytesOf(evidence);
      expect(first.length).toBeGreaterThan(500);
      later(DAY_MS / 2);
      await office.register({ externalId: `late for ${format}` });
      await setPolicyTitle(office.app, await office.request('editor'), {
        policyId: policy.policyId,
        title: { locale: 'nb', text: `Etter ${format}` },
      });
      await office.files.remove(evidence.evidenceId);
      await office.reopened();
      await office.applied();
      await office.desk.stateOf(evidence);
      await office.desk.idle();
      expect([format, (await office.bytesOf(evidence)).equals(first)]).toEqual([format, true]);
    }
  });

  test('of an organisation has each of its published policies, in order of creation', async () => {
    await decide();
    await office.publish('vilkaar', { kind: 'TERMS' });
    const { policyId: _, ...ofOrganisation } = audit();
    const file = JSON.parse(String(await office.exported(ofOrganisation))) as AuditJson;
    expect(file.policies.map(({ handle }) => handle)).toEqual(['fjordlys/personvern', 'fjordlys/vilkaar']);
    expect(file.people.map((each) => each.policy)).toEqual([
      ...Array.from({ length: 4 }, () => 'fjordlys/personvern'),
      ...Array.from({ length: 4 }, () => 'fjordlys/vilkaar'),
    ]);
    expect(file.people.at(-1)?.acceptance).toMatchObject({ accepted: false });
    expect(file.rows).toBe(8);
    const then = office.clock.now;
    later(DAY_MS);
    await office.publish('senere');
    const before = JSON.parse(String(await office.exported({ ...ofOrganisation, effectiveAt: then }))) as AuditJson;
    expect(before.policies).toEqual(file.policies);
  });

  test('as CSV has a stamp and the counts above, a person on a line, and nothing that a spreadsheet would run', async () => {
    const { kari } = await decide();
    const acme = await customerOf('acme');
    await classifySubject(office.app, await service(), { subjectId: kari, customerId: acme });
    const { records, head, rows, columns } = await table();
    expect(new Set(records.map(({ length }) => length)).size).toBe(1);
    const names = head.map(([name]) => name);
    expect(names.slice(0, 12)).toEqual([
      'format',
      'id',
      'organisation',
      'organisationName',
      'organisationNumber',
      'requestedAt',
      'effectiveAt',
      'effectiveOn',
      'timeZone',
      'recordedAt',
      'position',
      'rules',
    ]);
    expect(head).toContainEqual(expect.arrayContaining(['subjects', 'fjordlys/personvern', '4']));
    expect(
      head.find(([name, , purpose, status]) => `${name} ${purpose} ${status}` === 'consents newsletter GIVEN'),
    ).toEqual(expect.arrayContaining(['1', '1']));
    expect(rows).toHaveLength(4);
    expect(rows[0]).toMatchObject({
      subject: kari,
      categories: 'customer',
      customer: 'acme',
      version: "'=2+5 Versjon på prøve",
      notice: 'NOTIFIED',
      'newsletter status': 'GIVEN',
      'newsletter valid': 'true',
      'newsletter reason': 'GIVEN',
    });
    expect(columns).not.toContain('externalId');
    for (const cell of records.flat()) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
  });

  test('as PDF is read by people, with their letters', async () => {
    await decide();
    await setPolicyTitle(office.app, await office.request('editor'), {
      policyId: policy.policyId,
      title: { locale: 'nb', text: 'Personvern for Ærlige Østfoldinger på Åsen' },
    });
    const pdf = await office.exported(audit({ format: 'PDF' }));
    expect(pdf.toString('latin1')).toContain('/FontFile2');
    const text = pdfText(pdf).join('\n');
    expect(text).toContain('Revisjonsuttrekk');
    expect(text).toContain('Personvern for Ærlige Østfoldinger på Åsen');
    expect(text).toContain('Samtykke, Nyhetsbrev: trukket tilbake 1 (gyldig 0)');
    expect(text).toContain('Personer det gjelder: 4');
    expect(text).not.toContain('\uFFFD');
  });

  describe("the product's own ids", () => {
    test('stand in it only where they were asked for, which is recorded', async () => {
      const { kari, ola } = await decide();
      for (const format of ['JSON', 'CSV'] as const) {
        expect(String(await office.exported(audit({ format })))).not.toContain('example.org');
      }
      const evidence = await office.orderExport(audit({ personalValues: true }));
      await office.desk.idle();
      const { people } = JSON.parse(String(await office.bytesOf(evidence))) as AuditJson;
      expect(people.find(({ subject }) => subject === kari)?.externalId).toBe('kari@example.org');
      const { rows, records } = await table({ personalValues: true });
      expect(rows.find(({ subject }) => subject === ola)?.externalId).toBe('\'=HYPERLINK("x")');
      for (const cell of records.flat()) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
      expect(pdfText(await office.exported(audit({ format: 'PDF', personalValues: true }))).join()).toContain(
        'kari@example.org',
      );
      const switches: unknown[] = [];
      for await (const { type, data } of office.app.store.readAll({})) {
        if (type === 'EvidencePrepared') switches.push(data.personalValues);
      }
      expect(switches).toEqual([undefined, undefined, true, true, true]);
    });

    test('take the file with them when one of the people is erased, and only such files', async () => {
      const { kari, ola } = await decide();
      const withIds = await office.orderExport(audit({ personalValues: true }));
      const without = await office.orderExport(audit());
      const elsewhere = await openElsewhere();
      await office.desk.idle();
      const atOutcome: string[] = [];
      const { vault } = office.app;
      const eraseWatched: typeof vault.eraseSubject = async (id) => {
        for (const each of [withIds, without, elsewhere]) {
          if (await office.files.find(each.evidenceId)) atOutcome.push(each.evidenceId);
        }
        return vault.eraseSubject.call(vault, id);
      };
      const app = { ...office.app, vault: { ...vault, eraseSubject: eraseWatched } };
      await eraseSubject(app, await officer(), { subjectId: kari, reason: 'Art. 17' });
      await office.applied();
      expect(atOutcome).toEqual([without.evidenceId, elsewhere.evidenceId]);
      expect(await office.desk.stateOf(withIds)).toEqual({ status: 'EXPIRED' });
      expect(await office.desk.linkTo(withIds)).toBeUndefined();
      await office.desk.idle();
      await expect(office.bytesOf(withIds)).rejects.toThrow();
      expect(await office.desk.stateOf(without)).toMatchObject({ status: 'READY' });
      expect(await office.desk.stateOf(elsewhere)).toMatchObject({ status: 'READY' });

      const again = await read({ personalValues: true, effectiveAt: addMs(office.clock.now, -1) });
      expect(again.people.find(({ subject }) => subject === kari)?.externalId).toEqual({ erased: true });
      expect(again.people.find(({ subject }) => subject === ola)?.externalId).toBe('=HYPERLINK("x")');
    });

    async function openElsewhere() {
      const { id: organisationId } = await registerOrganisation(office.app, await office.request('operator'), {
        slug: 'havbris',
        name: 'Havbris AS',
        timeZone: 'Europe/Oslo',
        defaultLocale: 'nb',
        approvalRequired: false,
      });
      const { policyId } = await office.publish('havbris-personvern', { organisationId });
      return office.orderExport(audit({ organisationId, policyId, personalValues: true }));
    }

    test("go from a customer's file when one of its people is erased by the processor", async () => {
      const acme = await customerOf('acme');
      const nova = await customerOf('nova');
      const ofAcme = await office.publish('acme-personvern', { organisationId: acme });
      const ofNova = await office.publish('nova-personvern', { organisationId: nova });
      const kari = await office.register({ externalId: 'kari', customerId: acme });
      const files = [
        await office.orderExport(audit({ organisationId: acme, policyId: ofAcme.policyId, personalValues: true })),
        await office.orderExport(audit({ organisationId: nova, policyId: ofNova.policyId, personalValues: true })),
      ];
      await office.desk.idle();
      expect(String(await office.bytesOf(files[0] ?? fail()))).toContain('"kari"');
      await classifySubject(office.app, await service(), { subjectId: kari, customerId: null });
      const elsewhere = { ...office.app, forgetting: new Set<(id: string) => Promise<unknown>>() };
      await eraseSubject(elsewhere, await officer(), { subjectId: kari, reason: 'Art. 17' });
      await office.applied();
      const states = await Promise.all(files.map((each) => office.desk.stateOf(each)));
      expect(states.map(({ status }) => status)).toEqual(['EXPIRED', 'READY']);
      for (let tries = 0; tries < 200 && (await office.files.find(files[0]?.evidenceId ?? '')); tries += 1) {
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      expect(await office.files.find(files[0]?.evidenceId ?? '')).toBeUndefined();
      expect(await office.files.find(files[1]?.evidenceId ?? '')).toBeDefined();
    });
  });

  const fail = (): never => {
    throw new Error('There is no such file.');
  };

  async function customerOf(slug: string): Promise<string> {
    const customer = { slug, name: slug, timeZone: 'Europe/Oslo', defaultLocale: 'nb', approvalRequired: false };
    const order = { ...customer, customerOf: office.organisationId };
    return (await registerOrganisation(office.app, await office.request('operator'), order)).id;
  }

  test('of more people than anybody reads on pages makes no PDF, says so by a code, and the others are made', async () => {
    for (let first = 0; first <= MAX_PEOPLE_IN_PDF; first += 1_000) {
      const count = Math.min(1_000, MAX_PEOPLE_IN_PDF + 1 - first);
      const rows = Array.from({ length: count }, (_, n) => ({ externalId: `p${first + n}`, categories: ['customer'] }));
      await registerSubjects(office.app, await service(), { organisationId: office.organisationId, rows });
    }
    const pdf = await office.orderExport(audit({ format: 'PDF' }));
    const csv = await office.orderExport(audit({ format: 'CSV' }));
    await office.desk.idle();
    expect(await office.desk.stateOf(pdf)).toEqual({ status: 'FAILED', failure: 'PDF_TOO_LARGE' });
    const rowsDone = MAX_PEOPLE_IN_PDF + 1;
    expect(await office.desk.stateOf(csv)).toMatchObject({ status: 'READY', rowsDone, rowsTotal: rowsDone });
    expect(office.faults).toEqual([]);
  });

  test('is gone after seven days', async () => {
    await decide();
    const evidence = await office.orderExport(audit());
    await office.desk.idle();
    later(EVIDENCE_LIFE_MS);
    expect(await office.desk.stateOf(evidence)).toEqual({ status: 'EXPIRED' });
    expect(await office.desk.removeExpired()).toBe(1);
    await expect(office.bytesOf(evidence)).rejects.toThrow();
  });

  test('of a policy without anybody says so', async () => {
    const file = await read();
    expect([file.rows, file.people, file.policies[0]?.subjects]).toEqual([0, [], 0]);
    expect((await table()).rows).toEqual([]);
    expect(pdfText(await office.exported(audit({ format: 'PDF' }))).join('\n')).toContain('Personer det gjelder: 0');
  });
});
