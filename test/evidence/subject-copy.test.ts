import { createHash } from 'node:crypto';
import { correctFact } from '../../src/application/corrections';
import { giveConsent, withdrawConsent } from '../../src/application/decisions';
import { eraseSubject } from '../../src/application/erasures';
import { deferNotice, recordNotice } from '../../src/application/notices';
import { amendOrganisation } from '../../src/application/organisations';
import { createPolicy, policyOf, setPolicyTitle } from '../../src/application/policies';
import { importVersion } from '../../src/application/policy-versions';
import { restrictProcessing } from '../../src/application/processing-rights';
import { linkSubject } from '../../src/application/subject-links';
import { classifySubject, registerSubject } from '../../src/application/subjects';
import { addMs, epochMsOf, parseLocalDate } from '../../src/domain/time';
import { type EvidenceOffice, openEvidenceOffice } from '../support/evidence-office';
import { schemaFaults } from '../support/json-schemas';
import { pdfText } from '../support/pdf-text';
import { byClick } from '../support/people-office';
import { statement } from '../support/policy-stories';

const DAY_MS = 86_400_000;
const isoFaults = schemaFaults('iso-27560-receipt');

interface Copy {
  readonly asOf: { readonly position: string; readonly effectiveAt: string };
  readonly person: Readonly<Record<string, unknown>>;
  readonly facts: readonly { type: string; sentence: { nb: string; en: string }; data: Record<string, unknown> }[];
  readonly states: readonly { about: string; what: string; status: string; reason: { rule: string } }[];
  readonly profile: readonly { from: string; categories?: string[] }[];
  readonly texts: readonly {
    sha256: string;
    base64: string;
    text: string;
    label: string;
    locale: string;
    bytes: number;
  }[];
  readonly receipts: readonly { iso27560: unknown; kantara: { consentReceiptID: string }; id: string }[];
  readonly loginsAndDeliveries: readonly { kind: string; channel: string; at: string }[];
}

describe("a person's copy", () => {
  let office: EvidenceOffice;
  let kari: string;
  beforeEach(async () => {
    office = await openEvidenceOffice();
    kari = await office.register({ externalId: 'kari.nordmann@example.org' });
  });
  afterEach(() => office.close());

  const service = () => office.request('service');
  const newsletter = { purposes: ['newsletter'], ...byClick };
  const later = (ms: number) => {
    office.clock.now = addMs(office.clock.now, ms);
  };
  const read = async (...asked: Parameters<EvidenceOffice['copy']>) =>
    JSON.parse(String(await office.copy(...asked))) as Copy;
  const readPdf = async (...[id, more]: Parameters<EvidenceOffice['copy']>) =>
    pdfText(await office.copy(id, { ...more, format: 'PDF' })).join('\n');

  /** A little of everything that can be held about somebody. */
  async function live(): Promise<void> {
    const { app } = office;
    const first = await office.publish('personvern', { label: 'Versjon 2. rev. 10' });
    const { policyId, versionId } = first;
    await setPolicyTitle(app, await office.request('editor'), {
      policyId,
      title: { locale: 'nb', text: 'Personvern på Ålesund' },
    });
    await recordNotice(app, await service(), { subjectId: kari, ...first, channel: 'EMAIL', step: 'NOTIFIED' });
    await giveConsent(app, await service(), { subjectId: kari, ...first, ...newsletter });
    later(DAY_MS);
    const second = await office.publish('personvern', { label: 'Versjon 3' });
    await deferNotice(app, await service(), { subjectId: kari, policyId, versionId: second.versionId, channel: 'APP' });
    await restrictProcessing(app, await service(), {
      subjectId: kari,
      policyId,
      purposes: ['account'],
      reason: 'Feil opplysninger om bærbar PC',
    });
    later(DAY_MS);
    await withdrawConsent(app, await service(), { subjectId: kari, policyId, purposes: ['newsletter'] });
    await classifySubject(app, await service(), { subjectId: kari, categories: ['customer', 'employee'] });
    await office.records.record([
      {
        kind: 'LOGIN',
        subjectId: kari,
        organisationId: office.organisationId,
        channel: 'APP',
        atMs: epochMsOf(office.clock.now),
      },
      {
        kind: 'DELIVERY',
        subjectId: kari,
        organisationId: office.organisationId,
        channel: 'EMAIL',
        atMs: epochMsOf(office.clock.now) - 1,
      },
    ]);
    expect(versionId).toBeDefined();
  }

  test('as JSON has all that is held: who, what they were, every fact, states, texts, receipts, logins', async () => {
    await live();
    const copy = await read(kari);
    expect(copy.person).toMatchObject({ id: kari, externalId: 'kari.nordmann@example.org', anonymous: false });
    expect(copy.facts.map(({ type }) => type)).toEqual([
      'SubjectRegistered',
      'NoticeNotified',
      'ConsentGiven',
      'NoticeDeferred',
      'ProcessingRestricted',
      'ConsentWithdrawn',
      'SubjectClassified',
    ]);
    expect(copy.facts[2]?.sentence).toEqual({
      nb: 'Samtykket til newsletter (nb).',
      en: 'Consented to newsletter (nb).',
    });
    expect(copy.facts[4]?.data.reason).toBe('Feil opplysninger om bærbar PC');
    expect(copy.profile.map(({ categories }) => categories)).toEqual([['customer'], ['customer', 'employee']]);
    expect(copy.texts.map(({ label, locale }) => [label, locale])).toEqual([
      ['Versjon 2. rev. 10', 'nb'],
      ['Versjon 3', 'nb'],
    ]);
    for (const { sha256, base64, text, bytes } of copy.texts) {
      const received = Buffer.from(base64, 'base64');
      expect(createHash('sha256').update(received).digest('hex')).toBe(sha256);
      expect([received.toString(), received.length]).toEqual([text, bytes]);
    }
    expect(copy.receipts.map(({ iso27560 }) => isoFaults(JSON.stringify(iso27560)))).toEqual([[], []]);
    expect(copy.receipts.every(({ id, kantara }) => id === kantara.consentReceiptID)).toBe(true);
    expect(copy.loginsAndDeliveries.map(({ kind, channel }) => [kind, channel])).toEqual([
      ['LOGIN', 'APP'],
      ['DELIVERY', 'EMAIL'],
    ]);
    const status = (about: string, what: string) =>
      copy.states.find((state) => state.about === about && state.what === what)?.status;
    expect(status('CONSENT', 'newsletter')).toBe('WITHDRAWN');
    expect(status('CONSENT', 'account')).toBe('RESTRICTED');
    expect(status('NOTICE', 'Versjon 2. rev. 10')).toBe('NOTIFIED');
  });

  test('as PDF says the same for people to read, in the language that they were told in', async () => {
    await live();
    const pages = pdfText(await office.copy(kari, { format: 'PDF' }));
    const text = pages.join('\n');
    for (const shown of [
      'Kopi av opplysninger om deg',
      'Fjordlys AS',
      'kari.nordmann@example.org',
      'Personvern på Ålesund',
      'Nyhetsbrev: trukket tilbake',
      'Samtykket til newsletter (nb).',
      'Versjon 2. rev. 10',
      'Begrunnelse: Feil opplysninger om bærbar PC',
      'Innlogging (APP)',
      'Levering (EMAIL)',
      'personvern: Versjon 3',
    ]) {
      expect(text).toContain(shown);
    }
    expect(text).not.toContain('\uFFFD');
    expect(pages.length).toBeGreaterThanOrEqual(3);
    expect(pages.map((page) => page.split('\n')[0])).toEqual(pages.map((_, index) => String(index + 1)));
  });

  test('as PDF is in English for whoever was told in English', async () => {
    const version = await office.publish('privacy');
    const told = { subjectId: kari, ...version, channel: 'APP', step: 'SHOWN' } as const;
    await recordNotice(office.app, await service(), told);
    expect(await readPdf(kari)).toContain('Hva som har skjedd');
    const abroad = await openEvidenceOffice();
    try {
      const id = await abroad.register({ externalId: 'anna' });
      const app = abroad.app;
      const operator = await abroad.request('operator');
      await amendOrganisation(app, operator, { organisationId: abroad.organisationId, defaultLocale: 'en' });
      expect(pdfText(await abroad.copy(id, { format: 'PDF' })).join('\n')).toContain('What has happened');
    } finally {
      await abroad.close();
    }
  });

  test.each(['JSON', 'PDF'] as const)(
    'the same order gives the same bytes, as %s, also after a restart',
    async (format) => {
      await live();
      const evidence = await office.orderCopy(kari, { format });
      await office.desk.idle();
      const first = await office.bytesOf(evidence);
      await office.files.removePerson(kari);
      await office.reopened();
      later(DAY_MS);
      const other = await office.publish('personvern', { label: 'Versjon 4' });
      await giveConsent(office.app, await service(), {
        subjectId: kari,
        ...other,
        ...newsletter,
        purposes: ['newsletter'],
      }).catch(() => undefined);
      await office.desk.order(evidence);
      await office.desk.idle();
      expect(await office.bytesOf(evidence)).toEqual(first);
    },
  );

  test('as of a place in the log knows nothing of what came after it', async () => {
    await office.publish('personvern');
    await office.applied();
    const { position } = office.models.readModels.applied();
    const at = office.clock.now;
    await live();
    const copy = await read(kari, { position, effectiveAt: at });
    expect(copy.facts.map(({ type }) => type)).toEqual(['SubjectRegistered']);
    expect(copy.states.find(({ what }) => what === 'newsletter')?.status).toBe('UNKNOWN');
    expect(copy.receipts).toEqual([]);
    expect(copy.texts).toEqual([]);
  });

  test('tells what an anonymous visitor did who turned out to be the person', async () => {
    const version = await office.publish('privacy');
    const visitor = await registerSubject(office.app, await service(), {
      organisationId: office.organisationId,
      categories: ['customer'],
    });
    await giveConsent(office.app, await service(), { subjectId: visitor.id, ...version, ...newsletter });
    await linkSubject(office.app, await service(), { anonymousId: visitor.id, accountId: kari });
    const copy = await read(kari);
    expect(copy.person).toMatchObject({ alsoKnownAs: [visitor.id] });
    expect(copy.facts.filter(({ data }) => data.subjectId === visitor.id).map(({ type }) => type)).toEqual([
      'SubjectRegistered',
      'ConsentGiven',
      'SubjectLinked',
    ]);
    expect(copy.receipts).toHaveLength(1);
    const own = await read(visitor.id);
    expect(own.person).toMatchObject({ externalId: null, linkedTo: kari });
    expect(JSON.stringify(own)).not.toContain('nordmann');
  });

  test('shows a corrected fact with its correction and the text that it now names', async () => {
    const version = await office.publish('privacy');
    const given = await giveConsent(office.app, await service(), { subjectId: kari, ...version, ...newsletter });
    expect(given).toBeDefined();
    const officer = await office.request('officer');
    await correctFact(office.app, officer, {
      subjectId: kari,
      corrects: 2,
      void: false,
      channel: 'LETTER',
      reason: 'Kom i brev',
    });
    const copy = await read(kari);
    expect(copy.facts.at(-1)).toMatchObject({ type: 'FactCorrected', data: { corrects: 2, reason: 'Kom i brev' } });
    expect(await readPdf(kari)).toContain('Begrunnelse: Kom i brev');
  });

  test('names who is asked where the customer is the controller, and holds no other person', async () => {
    const ola = await office.register({ externalId: 'ola.nordmann@example.org' });
    const version = await office.publish('privacy', { statement: { ...statement, controllerIsCustomer: true } });
    for (const subjectId of [kari, ola]) {
      await giveConsent(office.app, await service(), { subjectId, ...version, ...newsletter });
    }
    const copy = JSON.stringify(await read(kari));
    expect(copy).not.toContain('ola.nordmann');
    expect(copy).not.toContain(ola);
  });

  test('of odd texts is whole: control characters, emoji, lone bytes, one long line and a thousand lines', async () => {
    const { app, organisationId } = office;
    const editor = await office.request('editor');
    const { id: policyId } = await createPolicy(app, editor, {
      organisationId,
      slug: 'odd',
      kind: 'PRIVACY_NOTICE',
      title: 'Odd',
    });
    const text = `\uFEFFÆØÅ\tå\r\nא 😀 \u0001 ${'x'.repeat(5_000)}\n${'linje\n'.repeat(1_000)}Slutt`;
    const { id: versionId } = await importVersion(app, editor, {
      policyId,
      label: 'Versjon 1',
      effectiveOn: parseLocalDate('2020-01-01'),
      locale: 'nb',
      format: 'PLAIN_TEXT',
      text: Buffer.from(text, 'utf8'),
      reasons: ['FIRST_VERSION'],
      renewalPurposes: [],
      summaries: [],
    });
    const content = (await policyOf(app, policyId)).timeline.flatMap((entry) =>
      'contents' in entry ? entry.contents : [],
    )[0];
    const shown = { policyId, versionId, locale: 'nb', contentSha256: content?.sha256 ?? '' };
    await recordNotice(app, await service(), { subjectId: kari, ...shown, channel: 'APP', step: 'SHOWN' });
    expect((await read(kari)).texts).toMatchObject([{ text, sha256: content?.sha256 }]);
    const pages = await readPdf(kari);
    expect(pages).toContain('ÆØÅ');
    expect(pages).toContain('Slutt');
  });

  test('of a thousand facts is made in pieces, between which others get their turn', async () => {
    const version = await office.publish('privacy');
    const { app } = office;
    const request = await service();
    const { policyId } = version;
    for (let turn = 0; turn < 500; turn += 1) {
      await giveConsent(app, request, { subjectId: kari, ...version, ...newsletter });
      await withdrawConsent(app, request, { subjectId: kari, policyId, purposes: ['newsletter'] });
    }
    await office.applied();
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    const copy = await read(kari);
    expect(copy.facts).toHaveLength(1_001);
    expect(copy.receipts).toHaveLength(1_000);
    const afterJson = turns;
    const pages = pdfText(await office.copy(kari, { format: 'PDF' }));
    clearInterval(timer);
    expect(pages.length).toBeGreaterThan(10);
    expect([afterJson > 5, turns - afterJson > 5]).toEqual([true, true]);
  }, 60_000);

  test('cannot be made of whoever is erased', async () => {
    const evidence = await office.orderCopy(kari);
    await office.desk.idle();
    await eraseSubject(office.app, await office.request('officer'), { subjectId: kari, reason: 'Art. 17' });
    await office.applied();
    await office.desk.order(evidence);
    await office.desk.idle();
    expect(await office.files.find(evidence.evidenceId)).toBeUndefined();
    expect(await office.desk.stateOf(evidence)).toEqual({ status: 'EXPIRED' });
    expect(office.faults).toEqual([]);
  });
});
