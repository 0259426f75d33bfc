import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importText, type TextImport, type TextImportReport } from '../../../src/application/imports/import-text';
import { NotFound } from '../../../src/application/not-found';
import { amendOrganisation, registerOrganisation } from '../../../src/application/organisations';
import { policyOf } from '../../../src/application/policies';
import { editDraftText, setDraftStatement } from '../../../src/application/policy-drafts';
import { publishVersion, revokeImport } from '../../../src/application/policy-versions';
import { readText, readTextBytes } from '../../../src/application/texts';
import type { VersionEntry } from '../../../src/domain/policy/policy.state';
import { versionInForce } from '../../../src/domain/policy/version-in-force';
import { type LocalDate, parseInstant } from '../../../src/domain/time';
import { type ImportTest, openImportTest } from '../../support/import-harness';
import { statement } from '../../support/policy-stories';

const POLICIES = join(__dirname, '..', '..', '..', '..', 'shared', 'data', 'policies');
const HEAD = 'Personvern hos Nordlys\n\nSist oppdatert: 1. november 2023 – Versjon 2. rev. 10\n\n';
const dated = { effectiveOn: '2022-07-01' as LocalDate };
let test: ImportTest;

beforeEach(async () => {
  test = await openImportTest();
});
afterEach(() => test.close());

function importBytes(bytes: Uint8Array, more: Partial<TextImport> = {}): Promise<TextImportReport> {
  const { organisationId } = test;
  return importText(test.app, test.importer, { organisationId, name: 'Personvernerklæring.txt', bytes, ...more });
}

const importString = (text: string, more?: Partial<TextImport>) => importBytes(Buffer.from(text), more);

async function versionsOf({ policyId }: TextImportReport): Promise<VersionEntry[]> {
  const { timeline } = await policyOf(test.app, policyId);
  return timeline.filter((entry) => entry.kind === 'version');
}

describe('A text file', () => {
  it('becomes the version of its policy that its own lines tell of', async () => {
    const report = await importString(HEAD);
    expect(report).toMatchObject({
      slug: 'personvernerklaering',
      effectiveOn: '2023-11-01',
      label: 'Versjon 2. rev. 10',
      charset: 'utf-8',
      foundOn: { effectiveOn: 3, label: 3 },
      written: true,
    });
    const policy = await policyOf(test.app, report.policyId);
    expect(policy).toMatchObject({
      kind: 'PRIVACY_NOTICE',
      titles: [{ locale: 'nb', text: 'Personvern hos Nordlys' }],
    });
    expect(await versionsOf(report)).toMatchObject([
      {
        id: report.versionId,
        effectiveFrom: '2023-10-31T23:00:00.000Z',
        imported: true,
        contents: [{ locale: 'nb', format: 'PLAIN_TEXT' }],
        change: { reasons: [], noticeDuty: 'NONE' },
      },
    ]);
    const eve = versionInForce(policy, parseInstant('2023-10-31T22:59:59.999Z'));
    expect(eve.code).toBe('NOT_YET_PUBLISHED');
  });

  it('takes what is given instead of what it tells', async () => {
    const given = { effectiveOn: '2022-07-01' as LocalDate, label: 'A', slug: 'vilkar', locale: 'nn-no' };
    const report = await importString(HEAD, { ...given, kind: 'TERMS', name: 'a.md' });
    expect(report).toMatchObject({ slug: 'vilkar', effectiveOn: '2022-07-01', label: 'A', foundOn: {} });
    const [version] = await versionsOf(report);
    expect(version?.contents).toMatchObject([{ locale: 'nn-NO', format: 'MARKDOWN' }]);
    expect((await policyOf(test.app, report.policyId)).kind).toBe('TERMS');
    const other = { ...given, effectiveOn: '2022-08-01' as LocalDate, name: 'a.md' };
    for (const kind of ['PRIVACY_NOTICE', 'COOKIE_NOTICE'] as const) {
      await expect(importString(HEAD, { ...other, kind })).rejects.toMatchObject({ code: 'KIND_DIFFERS' });
      await expect(importString(HEAD, { ...given, kind, name: 'a.md' })).rejects.toMatchObject({
        code: 'KIND_DIFFERS',
      });
    }
    expect(await versionsOf(report)).toHaveLength(1);
    expect(await importString(HEAD, other)).toMatchObject({ policyId: report.policyId, written: true });
  });

  it('that tells no label is labelled by its date', async () => {
    expect(await importString('Personvern\n\nGjelder fra 1. mars 2023\n')).toMatchObject({
      effectiveOn: '2023-03-01',
      label: '2023-03-01',
    });
  });

  it('that claims consent by use is kept as it is, and flagged', async () => {
    const claim = 'Ved å bruke tjenesten samtykker du til behandlingen.';
    const report = await importString(`${HEAD}${claim}\n`);
    const flags = [{ code: 'IMPLIED_CONSENT_CLAUSE', locale: 'nb', passage: claim }];
    expect(report.flags).toEqual(flags);
    expect((await versionsOf(report))[0]?.flags).toEqual(flags);
  });

  it('imported again, also by somebody else or under another label, writes nothing', async () => {
    const first = await importString(HEAD);
    const before = await test.events();
    const again = await importString(HEAD, { label: 'another' });
    expect(again).toMatchObject({ versionId: first.versionId, label: first.label, written: false });
    const { organisationId } = test;
    const somebody = await test.request('somebody else');
    const input = { organisationId, name: 'Personvernerklæring.txt', bytes: Buffer.from(HEAD) };
    expect(await importText(test.app, somebody, input)).toMatchObject({ written: false });
    expect(await test.events()).toBe(before);
  });

  it('imported twice at the same time is recorded once', async () => {
    const reports = await Promise.all([importString(HEAD), importString(HEAD)]);
    expect(reports.map(({ written }) => written)).toEqual([true, false]);
    expect(await versionsOf(reports[0] as TextImportReport)).toHaveLength(1);
  });

  it('that tells a very long label keeps its beginning, never half a character', async () => {
    // Mathematical digits take two code units each.
    const digits = '\u{1d7cf}'.repeat(6);
    const report = await importString(
      `Vilkår\n\nVersjon ${Array(5).fill(digits).join('.')} rev. ${digits}.${digits}.${digits}\n`,
      dated,
    );
    expect(report.label.length).toBeGreaterThan(90);
    expect(report.label.length).toBeLessThanOrEqual(100);
    expect(report.label).not.toMatch(/\p{Surrogate}/u);
  });

  it('dated today is in force from the first instant of the organisation’s day', async () => {
    const report = await importString('Nytt i dag', { effectiveOn: '2026-06-15' as LocalDate });
    expect(await versionsOf(report)).toMatchObject([{ effectiveFrom: '2026-06-14T22:00:00.000Z' }]);
    await expect(importString('I morgen', { effectiveOn: '2026-06-16' as LocalDate })).rejects.toMatchObject({
      code: 'IMPORT_NOT_IN_PAST',
    });
  });

  it('imported after a newer edition takes its place before it, and a returning text is a version of its own', async () => {
    await importString('B', { effectiveOn: '2023-01-01' as LocalDate, label: '2' });
    await importString('A', { effectiveOn: '2022-01-01' as LocalDate, label: '1' });
    const last = await importString('A', { effectiveOn: '2024-01-01' as LocalDate, label: '3' });
    expect((await versionsOf(last)).map(({ label, sequence }) => [label, sequence])).toEqual([
      ['1', 2],
      ['2', 1],
      ['3', 3],
    ]);
  });

  it('of one organisation is not another’s: each has its own policy and text', async () => {
    const ours = await importString(HEAD);
    const registration = { name: 'Sørvind AS', timeZone: 'Europe/Oslo', defaultLocale: 'nb', approvalRequired: true };
    const request = { ...test.importer, idempotencyKey: 'sorvind' };
    const { id } = await registerOrganisation(test.app, request, { slug: 'sorvind', ...registration });
    const theirs = await importString(HEAD, { organisationId: id });
    expect(theirs).toMatchObject({ slug: ours.slug, written: true });
    expect(theirs.policyId).not.toBe(ours.policyId);
    const [content] = (await versionsOf(theirs)).flatMap(({ contents }) => contents);
    expect(content && Buffer.from(await readTextBytes(test.app, id, content.sha256)).toString()).toBe(HEAD);
  });

  it('dated on a day that the zone left out is refused before anything is stored, and at the next day is not', async () => {
    const registration = { name: 'Samoa Ltd', timeZone: 'Pacific/Apia', defaultLocale: 'en', approvalRequired: true };
    const request = { ...test.importer, idempotencyKey: 'samoa' };
    const { id } = await registerOrganisation(test.app, request, { slug: 'samoa', ...registration });
    const before = await test.app.store.head();
    const on = (date: string) => importString(HEAD, { organisationId: id, effectiveOn: date as LocalDate });
    await expect(on('2011-12-30')).rejects.toMatchObject({ code: 'DAY_ABSENT', path: ['effectiveOn'] });
    expect(await test.app.store.head()).toBe(before);
    expect(await on('2011-12-31')).toMatchObject({ written: true });
  });

  it('in a newer edition adds a version to the same policy', async () => {
    const first = await importString(HEAD);
    const second = await importString(HEAD.replace('november 2023', 'desember 2023').replace('10', '11'));
    expect(second).toMatchObject({ policyId: first.policyId, written: true });
    expect((await versionsOf(second)).map(({ label }) => label)).toEqual(['Versjon 2. rev. 10', 'Versjon 2. rev. 11']);
  });

  it('whose import was revoked can be imported again', async () => {
    const { policyId, versionId } = await importString(HEAD);
    await revokeImport(test.app, test.importer, { policyId, versionId, reason: 'a trial' });
    const again = await importString(HEAD);
    expect(again.written).toBe(true);
    expect((await versionsOf(again)).map(({ id }) => id)).toEqual([again.versionId]);
    expect(await importString(HEAD)).toMatchObject({ written: false });
  });
});

describe('The bytes of a text file', () => {
  it.each<[string, Uint8Array, string]>([
    ['a byte order mark', Buffer.from(`\ufeff${HEAD}`), 'utf-8'],
    ['CRLF and no final newline', Buffer.from(`${HEAD.replaceAll('\n', '\r\n')}slutt`), 'utf-8'],
    ['decomposed letters', Buffer.from(`${HEAD}blåbær`.normalize('NFD')), 'utf-8'],
    [
      'soft hyphens and non-breaking spaces',
      Buffer.from(HEAD.replaceAll(' ', '\u00a0').concat('per\u00adson')),
      'utf-8',
    ],
    ['Latin-1', Buffer.from(HEAD.replace('–', '-').concat('bl\u00e5b\u00e6r'), 'latin1'), 'windows-1252'],
    ['UTF-16', Buffer.from(`\ufeff${HEAD}`, 'utf16le'), 'utf-16le'],
    ['UTF-16 the other way round', Buffer.from(`\ufeff${HEAD}`, 'utf16le').swap16(), 'utf-16be'],
    ['a lone continuation byte', Buffer.concat([Buffer.from(HEAD), Buffer.from([0x80])]), 'windows-1252'],
    [
      'exactly one mebibyte',
      Buffer.concat([Buffer.from(HEAD), Buffer.alloc(1_048_576 - Buffer.byteLength(HEAD), 'x')]),
      'utf-8',
    ],
  ])('come back exactly with %s', async (_, bytes, charset) => {
    const report = await importBytes(bytes);
    expect(report).toMatchObject({ charset, effectiveOn: '2023-11-01' });
    const [content] = (await versionsOf(report)).flatMap(({ contents }) => contents);
    expect(content?.bytes).toBe(bytes.length);
    // Read from the log, not from what this process remembers.
    test.app.texts.delete([...(await textStreams())][0] ?? '');
    const kept = content && (await readTextBytes(test.app, test.organisationId, content.sha256));
    expect(kept && Buffer.from(kept).equals(bytes)).toBe(true);
    expect(content && (await readText(test.app, test.organisationId, content))).toContain('Sist');
  });

  async function textStreams(): Promise<Set<string>> {
    const streams = new Set<string>();
    for await (const { stream } of test.app.store.readAll({ prefixes: ['text-'] })) streams.add(stream);
    return streams;
  }
});

describe('An import of a text file is refused, naming the file, and writes nothing', () => {
  it.each<[string, Uint8Array, Partial<TextImport>, string]>([
    ['when it is empty', Buffer.alloc(0), {}, 'FILE_EMPTY'],
    ['when it is a byte order mark alone', Buffer.from('\ufeff'), dated, 'FILE_EMPTY'],
    ['when it is a byte order mark of UTF-16 alone', Buffer.from('\ufeff', 'utf16le'), dated, 'FILE_EMPTY'],
    ['when it is UTF-16 without a byte order mark', Buffer.from(HEAD, 'utf16le'), dated, 'FILE_BINARY'],
    ['when it is binary', Buffer.from('%PDF\0\0'), {}, 'FILE_BINARY'],
    ['when it has more than one mebibyte', Buffer.alloc(1_048_577, 'a'), {}, 'TEXT_TOO_LARGE'],
    ['when it tells no date and none is given', Buffer.from('Personvern\n'), {}, 'DATE_NOT_FOUND'],
  ])('%s', async (_, bytes, more, code) => {
    const before = await test.events();
    const refusal = { code, message: expect.stringContaining('Personvernerklæring.txt') };
    await expect(importBytes(bytes, more)).rejects.toMatchObject(refusal);
    expect(await test.events()).toBe(before);
  });

  it.each<[string, Partial<TextImport>, string]>([
    ['a date in the future', { effectiveOn: '2027-01-01' as LocalDate }, 'IMPORT_NOT_IN_PAST'],
    ['a slug that is none', { slug: 'Personvern!' }, 'SLUG_INVALID'],
    ['a locale that is none', { locale: 'norsk språk' }, 'LOCALE_INVALID'],
    ['a label of white space', { label: ' \t' }, 'LABEL_INVALID'],
    ['a label that is too long', { label: 'x'.repeat(101) }, 'LABEL_INVALID'],
    ['a label of two lines', { label: 'Versjon 1\nog 2' }, 'LABEL_INVALID'],
    ['a label with half a surrogate pair', { label: 'Versjon \ud83d' }, 'LABEL_INVALID'],
    ['a slug that is empty', { slug: '' }, 'SLUG_INVALID'],
    ['a slug that is too long', { slug: 'x'.repeat(65) }, 'SLUG_INVALID'],
    ['an empty locale', { locale: '' }, 'LOCALE_INVALID'],
  ])('for %s', async (_, more, code) => {
    const before = await test.events();
    await expect(importString(HEAD, more)).rejects.toMatchObject({ code });
    expect(await test.events()).toBe(before);
  });

  it('for the day of the first own publication or a later one, and goes well for the day before', async () => {
    const { app, importer, organisationId } = test;
    const { policyId } = await importString(HEAD);
    await amendOrganisation(app, importer, { organisationId, approvalRequired: false });
    const text = { locale: 'nb', format: 'MARKDOWN' as const, text: '# Egen' };
    await editDraftText(app, importer, { policyId, expectedRevision: 0, ...text });
    await setDraftStatement(app, importer, { policyId, expectedRevision: 1, statement });
    const duties = { reasons: ['WORDING' as const], summaries: [], renewalPurposes: [], blocking: false, graceDays: 0 };
    await publishVersion(app, importer, { policyId, expectedRevision: 2, label: '1', ...duties });
    test.clock.now = parseInstant('2026-06-20T10:00:00.000Z');
    const before = await test.events();
    for (const effectiveOn of ['2026-06-16', '2026-06-20'] as LocalDate[]) {
      await expect(importString('Senere', { effectiveOn })).rejects.toMatchObject({ code: 'IMPORT_AFTER_PUBLICATION' });
    }
    expect(await test.events()).toBe(before);
    expect(await importString('Eldre', { effectiveOn: '2026-06-15' as LocalDate })).toMatchObject({ written: true });
  });

  it('for an organisation that is not there', async () => {
    const organisationId = '00000000-0000-5000-8000-000000000000';
    await expect(importString(HEAD, { organisationId })).rejects.toThrow(NotFound);
  });
});

const whereTheTextsAre = existsSync(POLICIES) ? describe : describe.skip;
if (!existsSync(POLICIES)) console.warn('Not tried: the real texts of ../shared/data/policies are not there.');

whereTheTextsAre('The real texts', () => {
  it('keep every byte; the dates and labels are those they tell, or are asked for', async () => {
    const found: Record<string, string> = {};
    for (const name of readdirSync(POLICIES).sort()) {
      const bytes = readFileSync(join(POLICIES, name));
      const report = await importBytes(bytes, { name }).catch(() =>
        importBytes(bytes, { name, effectiveOn: '2021-05-01' as LocalDate }),
      );
      found[report.slug] = `${report.effectiveOn} ${report.label}`;
      const [content] = (await versionsOf(report)).flatMap(({ contents }) => contents);
      const kept = content && (await readTextBytes(test.app, test.organisationId, content.sha256));
      expect(kept && Buffer.from(kept).equals(bytes)).toBe(true);
    }
    expect(found).toEqual({
      catacloud: '2023-11-01 Versjon 2. rev. 10',
      skykontoret: '2021-05-01 2021-05-01',
      skysoft: '2021-05-01 2021-05-01',
    });
  });
});
