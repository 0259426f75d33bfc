import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findTextFacts } from '../../src/application/imports/text-facts';

const withLine = (line: string): string => `Personvern i Fjordbygg\n\n${line}\n\nVi tar vare på opplysningene dine.\n`;

describe('the date of a text', () => {
  test.each<[string, string]>([
    ['Sist oppdatert: 1. november 2023 – Versjon 2. rev. 10', '2023-11-01'],
    ['Sist oppdatert 1. mars 2023', '2023-03-01'],
    ['Sist oppdatert den 1. mars 2023.', '2023-03-01'],
    ['Sist endret 01.03.2023', '2023-03-01'],
    ['Sist endra: 3. desember 2022', '2022-12-03'],
    ['Sist oppdatert: onsdag 1. mars 2023', '2023-03-01'],
    ['Last updated: Wednesday, March 1, 2023', '2023-03-01'],
    ['Oppdatert 2023-03-01', '2023-03-01'],
    ['(Sist revidert 7.6.2021)', '2021-06-07'],
    ['Gjelder fra 1. mars 2023', '2023-03-01'],
    ['Gjelder fra og med 1. mars 2023', '2023-03-01'],
    ['Gjeld frå 1. mai 2023', '2023-05-01'],
    ['Gjeldende fra: 17. mai 2024', '2024-05-17'],
    ['Denne erklæringen gjelder fra 1. august 2024.', '2024-08-01'],
    ['Trer i kraft 1. juli 2024', '2024-07-01'],
    ['Dato: 24.12.2023', '2023-12-24'],
    ['Versjon 2.1, gjelder fra 1. mars 2023', '2023-03-01'],
    ['**Sist oppdatert:** _1. mars 2023_', '2023-03-01'],
    ['#### Last Updated: August 14, 2025', '2025-08-14'],
    ['Last updated: March 1, 2023', '2023-03-01'],
    ['Last updated on Mar. 1st, 2023', '2023-03-01'],
    ['Last modified 1 Mar 2023', '2023-03-01'],
    ['Last revised: 14 August, 2025', '2025-08-14'],
    ['Effective date: 1 March 2023', '2023-03-01'],
    ['Effective as of the 1st of March 2023', '2023-03-01'],
    ['This policy is effective from December 31, 2023.', '2023-12-31'],
    ['This Policy takes effect on 14 August 2025 for new users.', '2025-08-14'],
    ['Published 2024/02/29', '2024-02-29'],
    ['Last updated 25/12/2023', '2023-12-25'],
    ['Last updated 12/25/2023', '2023-12-25'],
    ['Oslo, 1. mars 2023', '2023-03-01'],
    ['1. mars 2023', '2023-03-01'],
    ['Sist\u00a0oppdatert:\u00a01.\u00a0mars\u00a02023', '2023-03-01'],
    ['SIST OPPDATERT: 1. MARS 2023', '2023-03-01'],
  ])('in "%s" is %s, on its line', (line, expected) => {
    const facts = findTextFacts(withLine(line));
    expect(facts.effectiveOn).toBe(expected);
    expect(facts.lines.effectiveOn).toBe(3);
  });

  test.each([
    'Sist oppdatert: 31. februar 2023',
    'Sist oppdatert: 29.02.2023',
    'Sist oppdatert: 2023-13-01',
    'Sist oppdatert: 0. mars 2023',
    'Sist oppdatert: mars 2023',
    'Last updated 03/04/2023',
    'Sist oppdatert 1. mars',
    'Sist oppdatert 1. mars 20231',
    'Org.nr. 01.03.2023.4',
    'Loven om personopplysninger av 15. juni 2018 gjelder her, og vi følger den.',
    'Vi fikk konsesjon 1. mars 2009 og har drevet siden da.',
  ])('is not found in "%s"', (line) => {
    expect(findTextFacts(withLine(line))).not.toHaveProperty('effectiveOn');
  });

  test('it applies from goes before the date of the last change', () => {
    expect(findTextFacts('Sist oppdatert 20. februar 2023\nGjelder fra 1. mars 2023\n').effectiveOn).toBe('2023-03-01');
  });

  test('that is impossible leaves room for the next one', () => {
    expect(findTextFacts('Sist endret 31.02.2023\nSist oppdatert 28.02.2023\n')).toMatchObject({
      effectiveOn: '2023-02-28',
      lines: { effectiveOn: 2 },
    });
  });

  test('at the foot is found, one in the middle is not', () => {
    const middle = Array.from({ length: 100 }, (_, at) => `Avsnitt ${at}.`);
    const text = [...middle, 'Sist oppdatert 1. mai 2019', ...middle].join('\n\n');
    expect(findTextFacts(text)).not.toHaveProperty('effectiveOn');
    expect(findTextFacts(`${text}\n\nSist oppdatert 1. mars 2023`).effectiveOn).toBe('2023-03-01');
  });
});

describe('the label of a text', () => {
  test.each<[string, string]>([
    ['Sist oppdatert: 1. november 2023 – Versjon 2. rev. 10', 'Versjon 2. rev. 10'],
    ['Versjon 2.rev.10', 'Versjon 2.rev.10'],
    ['Versjon 3', 'Versjon 3'],
    ['Version 2.1', 'Version 2.1'],
    ['**Version 2.1**', 'Version 2.1'],
    ['Versjon 2.1, gjelder fra 1. mars 2023', 'Versjon 2.1'],
    ['Versjon 4 av 1. mars 2023', 'Versjon 4'],
    ['Last updated: March 1, 2023 (Version 2.0.1b)', 'Version 2.0.1b'],
    ['Utgåve 5, rev 2', 'Utgåve 5, rev 2'],
    ['Versjonsnummer 12', 'Versjonsnummer 12'],
    ['Personvernerklæring v2.1', 'v2.1'],
    ['Version 2023-03', 'Version 2023-03'],
  ])('in "%s" is "%s", to the letter', (line, expected) => {
    const facts = findTextFacts(withLine(line));
    expect(facts.label).toBe(expected);
    expect(facts.lines.label).toBe(3);
  });

  test.each([
    'Versjon 1. november 2023',
    'Vi krypterer med TLS versjon 1.2 og nyere, alltid.',
    'Vi lagrer nettleserversjon 3 ganger.',
    'Revisions to the Privacy Policy',
    'Versjon to',
  ])('is not found in "%s"', (line) => {
    expect(findTextFacts(withLine(line))).not.toHaveProperty('label');
  });
});

describe('the title of a text', () => {
  test.each<[string, string | undefined, number | undefined]>([
    ['Personvern\n\nVi tar vare på deg.', 'Personvern', 1],
    ['\ufeff\n\n# Personvern\nVi tar vare på deg.', 'Personvern', 3],
    ['Personvern\n==========\n\nTekst.', 'Personvern', 1],
    ['Personvern – versjon 2.1\n\nTekst.', 'Personvern', 1],
    ['Personvern (sist oppdatert 1. mars 2023)\n\nTekst.', 'Personvern', 1],
    ['Sist oppdatert 1. mars 2023\n\nPersonvern\n\nTekst.', 'Personvern', 3],
    ['Personvern\nSist oppdatert 1. mars 2023\n\nTekst.', 'Personvern', 1],
    ['1. Hvem vi er\n\nTekst.', undefined, undefined],
    ['Vi tar vare på deg.\n\nTekst.', undefined, undefined],
    ['Vi tar vare på deg og\nalt du gir oss\n\nTekst.', undefined, undefined],
    ['Telefon: 22 00 00 00\n\nTekst.', undefined, undefined],
    ["We've updated this policy, effective March 1, 2023.\n\n### \n\nPrivacy\n\nText.", 'Privacy', 5],
  ])('of %j is %j', (text, title, line) => {
    const facts = findTextFacts(text);
    expect(facts.title).toBe(title);
    expect(facts.lines.title).toBe(line);
  });
});

describe('any string', () => {
  test.each([
    '',
    ' \n',
    '\ud800',
    '\u0000',
    '1.1.'.repeat(200_000),
    'Versjon 1. '.repeat(90_000),
    'Sist oppdatert '.repeat(60_000),
    '\n'.repeat(1_000_000),
  ])('says nothing of itself where it does not (%#)', (text) => {
    expect(findTextFacts(text)).toEqual({ lines: {} });
  });
});

const policies = join(__dirname, '..', '..', '..', 'shared', 'data', 'policies');
const there = existsSync(policies);
if (!there) console.warn(`SKIPPED: facts of real policies, ${policies} is not there`);

(there ? describe : describe.skip)('real policies', () => {
  test.each([
    [
      'catacloud.txt',
      {
        effectiveOn: '2023-11-01',
        label: 'Versjon 2. rev. 10',
        title: 'Personvern',
        lines: { effectiveOn: 3, label: 3, title: 1 },
      },
    ],
    ['skykontoret.txt', { title: 'PERSONVERNERKLÆRING', lines: { title: 1 } }],
    ['skysoft.txt', { lines: {} }],
  ])('%s says what it says', (file, expected) => {
    expect(findTextFacts(readFileSync(join(policies, file), 'utf8'))).toEqual(expected);
  });
});
