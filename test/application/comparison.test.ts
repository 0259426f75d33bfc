import fc from 'fast-check';
import { compareTexts, type SectionComparison } from '../../src/application/comparison/compare-texts';
import { countChangedWords } from '../../src/application/comparison/count-changed-words';
import { sectionsOf } from '../../src/application/comparison/text-sections';
import { normaliseText } from '../../src/application/comparison/text-tokens';

/** Replay a failure with TEST_SEED=<the seed printed>. */
const seed = Number(process.env.TEST_SEED ?? Date.now() % 2 ** 31);
const RUNS = 400;

const runsOf = (sections: readonly SectionComparison[], ...ops: string[]): string =>
  sections
    .flatMap((section) => section.words)
    .filter((run) => ops.includes(run.op))
    .map((run) => run.text)
    .join('');

const marked = (from: string, to: string): string =>
  compareTexts(from, to)
    .flatMap((section) => section.words)
    .map((run) => (run.op === 'SAME' ? run.text : run.op === 'ADDED' ? `{+${run.text}+}` : `[-${run.text}-]`))
    .join('');

const outline = (from: string, to: string): string[] =>
  compareTexts(from, to).map((section) => `${section.op} ${section.heading}`);

const policy = `Personvern i Fjordbygg

Sist oppdatert: 3. mars 2024

1. Hvem vi er

Fjordbygg AS i Havnegata 4 bestemmer hvordan opplysningene brukes.

2. Hva vi samler inn

Vi samler inn navn, adresse og telefonnummer når du bestiller en befaring.

3. Hvor lenge vi lagrer

Vi sletter opplysningene tre år etter siste ordre.
`;

describe('the words of a comparison', () => {
  test('a changed word is shown once removed and once added, the rest the same', () => {
    expect(marked(policy, policy.replace('tre år', 'fem år'))).toBe(policy.replace('tre år', '[-tre-]{+fem+} år'));
  });

  test('an inserted sentence is added whole', () => {
    const to = policy
      .replace('Havnegata 4 bestemmer', 'Havnegata 4 bestemmer')
      .replace('siste ordre.', 'siste ordre. Vi sletter logger etter en uke.');
    expect(marked(policy, to)).toBe(policy.replace('siste ordre.', 'siste ordre.{+ Vi sletter logger etter en uke.+}'));
  });

  test('a sentence put before one that begins alike is added from its own beginning', () => {
    expect(marked('Vi liker deg. Vi sletter alt.', 'Vi liker deg. Vi lagrer lite. Vi sletter alt.')).toBe(
      'Vi liker deg.{+ Vi lagrer lite.+} Vi sletter alt.',
    );
  });

  test('addresses, dates and amounts are exchanged whole', () => {
    expect(marked('Skriv til post@fjordbygg.no før 01.02.2024.', 'Skriv til post@elvebygg.no før 01.03.2024.')).toBe(
      'Skriv til [-post@fjordbygg.no-]{+post@elvebygg.no+} før [-01.02.2024-]{+01.03.2024+}.',
    );
  });

  test('a rewritten passage is not broken up by a word kept by chance', () => {
    expect(
      marked(
        'Når du handler hos oss lagrer vi bestillingen og hva du betalte for varene',
        'Fra nettbutikken henter leverandøren vår hver kveld et sett og bruker settet i månedens regnskap',
      ),
    ).toBe(
      '[-Når du handler hos oss lagrer vi bestillingen og hva du betalte for varene-]' +
        '{+Fra nettbutikken henter leverandøren vår hver kveld et sett og bruker settet i månedens regnskap+}',
    );
  });

  test('a space that comes or goes between words is shown, being one space or none', () => {
    expect(marked('navn,adresse', 'navn, adresse')).toBe('navn,{+ +}adresse');
    expect(marked('et til tall', 'ettil tall')).toBe('[-et til-]{+ettil+} tall');
  });

  test('punctuation put around a word leaves the word the same', () => {
    expect(marked('vi kaller den Tjenesten her', 'vi kaller den (Tjenesten) her')).toBe(
      'vi kaller den {+(+}Tjenesten{+)+} her',
    );
  });
});

describe('sameness', () => {
  test('other line ends, spaces, tabs and non-breaking spaces are no change', () => {
    const to = policy.replaceAll('\n', '\r\n').replaceAll('AS i', 'AS\u00a0\t i').trimEnd();
    const compared = compareTexts(policy, to);
    expect(new Set(compared.flatMap((section) => [section.op, ...section.words.map((run) => run.op)]))).toEqual(
      new Set(['SAME']),
    );
    expect(runsOf(compared, 'SAME')).toBe(to);
  });

  test('decomposed letters are no change', () => {
    const to = policy.normalize('NFD');
    expect(to).not.toBe(policy);
    expect(compareTexts(policy, to).every((section) => section.op === 'SAME')).toBe(true);
  });

  test('a change beside other white space shows the word alone', () => {
    const to = policy.replaceAll('\n', '\r\n').replace('tre år', 'fem år');
    const changes = compareTexts(policy, to).flatMap((section) => section.words.filter((run) => run.op !== 'SAME'));
    expect(changes).toEqual([
      { op: 'REMOVED', text: 'tre' },
      { op: 'ADDED', text: 'fem' },
    ]);
  });

  test('capitals, punctuation and soft hyphens are changes', () => {
    expect(outline('Vi lagrer', 'vi lagrer')).toEqual(['CHANGED ']);
    expect(outline('Vi lagrer', 'Vi lagrer.')).toEqual(['CHANGED ']);
    expect(outline('Personvern', 'Person\u00advern')).toEqual(['CHANGED ']);
  });

  test('empty and blank texts compare with everything', () => {
    expect(compareTexts('', '')).toEqual([]);
    expect(compareTexts('', ' \n')).toEqual([{ heading: '', op: 'SAME', words: [{ op: 'SAME', text: ' \n' }] }]);
    expect(compareTexts('', 'Nytt')).toEqual([{ heading: '', op: 'ADDED', words: [{ op: 'ADDED', text: 'Nytt' }] }]);
    expect(compareTexts('Gammelt', '')).toEqual([
      { heading: '', op: 'REMOVED', words: [{ op: 'REMOVED', text: 'Gammelt' }] },
    ]);
    expect(runsOf(compareTexts('Gammelt', ' \n'), 'SAME', 'ADDED')).toBe(' \n');
  });
});

describe('the sections of a comparison', () => {
  test('a section put in renumbers the ones behind, which keep their words', () => {
    const to = policy
      .replace('3. Hvor lenge', '4. Hvor lenge')
      .replace(
        '4. Hvor',
        '3. Hvem vi deler med\n\nVi deler ikke opplysninger med andre enn regnskapsføreren.\n\n4. Hvor',
      );
    expect(outline(policy, to)).toEqual([
      'SAME Personvern i Fjordbygg',
      'SAME 1. Hvem vi er',
      'SAME 2. Hva vi samler inn',
      'ADDED 3. Hvem vi deler med',
      'CHANGED 4. Hvor lenge vi lagrer',
    ]);
    expect(marked(policy, to)).toContain('[-3-]{+4+}. Hvor lenge vi lagrer\n\nVi sletter');
  });

  test('a moved section is the same, in its new place', () => {
    const parts = policy.split(/(?=^\d\. )/mu);
    const to = [
      parts[0],
      parts[3]?.replace('3.', '1.'),
      parts[1]?.replace('1.', '2.'),
      parts[2]?.replace('2.', '3.'),
    ].join('\n');
    expect(outline(policy, to)).toEqual([
      'SAME Personvern i Fjordbygg',
      'CHANGED 1. Hvor lenge vi lagrer',
      'CHANGED 2. Hvem vi er',
      'CHANGED 3. Hva vi samler inn',
    ]);
    expect(countOfChanges(policy, to)).toBe(6);
  });

  test('a removed section stands after the one it followed', () => {
    const to = `${policy.replace(/2\. Hva[\s\S]*?(?=3\. Hvor)/u, '').replace('3. Hvor', '2. Hvor')}\n3. Kontakt\n\nRing 22 00 00 00.\n`;
    expect(outline(policy, to)).toEqual([
      'SAME Personvern i Fjordbygg',
      'SAME 1. Hvem vi er',
      'REMOVED 2. Hva vi samler inn',
      'CHANGED 2. Hvor lenge vi lagrer',
      'ADDED 3. Kontakt',
    ]);
  });

  test('a section with another heading and the same matter is one section', () => {
    const to = policy.replace('2. Hva vi samler inn', '2. Opplysninger fra deg');
    expect(outline(policy, to)[2]).toBe('CHANGED 2. Opplysninger fra deg');
  });

  test('a short section under another heading is one section when its words stayed', () => {
    const short = '# Navn\n\nEn to tre.\n\n# Sletting\n\nVi sletter etter tre år.\n';
    expect(outline(short, short.replace('# Sletting', '# Lagringstid'))).toEqual(['SAME Navn', 'CHANGED Lagringstid']);
    expect(outline('# A\n\nTekst om punkt fem.', '# B\n\nTekst om punkt ni.')).toEqual(['REMOVED A', 'ADDED B']);
  });

  test('a section on another matter under another heading is removed and added', () => {
    const to = policy.replace(
      /2\. Hva[\s\S]*?(?=3\. Hvor)/u,
      '2. Klage\n\nDatatilsynet tar imot klager fra alle som mener vi bryter loven.\n\n',
    );
    expect(outline(policy, to).slice(2, 4)).toEqual(['REMOVED 2. Hva vi samler inn', 'ADDED 2. Klage']);
  });

  test('two companies on one template differ in names and numbers alone', () => {
    const to = policy.replaceAll('Fjordbygg', 'Elvebygg').replace('Havnegata 4', 'Torget 19');
    expect(outline(policy, to)).toEqual([
      'CHANGED Personvern i Elvebygg',
      'CHANGED 1. Hvem vi er',
      'SAME 2. Hva vi samler inn',
      'SAME 3. Hvor lenge vi lagrer',
    ]);
    expect(marked(policy, to)).toContain('[-Fjordbygg-]{+Elvebygg+} AS i [-Havnegata 4-]{+Torget 19+} bestemmer');
  });

  test('identical sections that occur twice are matched in order', () => {
    const twice = '# A\n\nSamme.\n\n# B\n\nEtt.\n\n# A\n\nSamme.\n';
    expect(outline(twice, '# B\n\nEtt.\n\n# A\n\nSamme.\n')).toEqual(['REMOVED A', 'SAME B', 'SAME A']);
  });

  test('a text that only got headings is compared as one', () => {
    const from =
      'Vi lagrer navn og adresse så lenge du er kunde. Vi deler ikke opplysninger med noen utenfor konsernet.\n\nDu kan klage til tilsynet når du vil, og du kan be om innsyn hver dag.';
    const to = `# Lagring\n\n${from.replace('. Vi deler', '.\n\n# Deling\n\nVi deler').replace('\n\nDu kan', '\n\n# Klage\n\nDu kan')}`;
    expect(marked(from, to)).toBe(
      '{+# Lagring\n\n+}Vi lagrer navn og adresse så lenge du er kunde.{+\n\n# Deling+}\n\nVi deler ikke opplysninger med noen utenfor konsernet.{+\n\n# Klage+}\n\nDu kan klage til tilsynet når du vil, og du kan be om innsyn hver dag.',
    );
  });
});

describe('headings', () => {
  const headingsOf = (text: string): string[] => sectionsOf(text).map((section) => section.heading);

  test.each<[string, string, string[]]>([
    ['numbers with a point', '1. Formål\nTekst her.\n\n2. Lagring\nTekst.', ['1. Formål', '2. Lagring']],
    [
      'numbers in depth',
      '1. Formål\n\n1.1. Kunder\n\nTekst.\n\n1.2 Ansatte\n\nTekst.',
      ['1. Formål', '1.1. Kunder', '1.2 Ansatte'],
    ],
    ['section marks', '§ 1 Formål\nTekst.\n§ 2-1 Lagring\nTekst.', ['§ 1 Formål', '§ 2-1 Lagring']],
    ['articles', 'Artikkel 1 Formål\n\nTekst.\n\nArtikkel 2\n\nTekst.', ['Artikkel 1 Formål', 'Artikkel 2']],
    ['Markdown marks', '# Formål\nTekst.\n### **Lagring** ###\nTekst.', ['Formål', 'Lagring']],
    ['Markdown underlines', 'Formål\n======\nTekst.\n\n2\\. Lagring\n---\nTekst.', ['Formål', '2. Lagring']],
    ['marks on a line of their own', '### \n\nFormål med tjenesten\n\nTekst.', ['Formål med tjenesten']],
    ['bare lines', 'Formål\n\nTekst.\n\nHvor lenge lagrer vi?\n\nTekst.', ['Formål', 'Hvor lenge lagrer vi?']],
    ['capitals', 'HVOR HENTES NAVN, ADRESSE OG TELEFON FRA?\n\nTekst.', ['HVOR HENTES NAVN, ADRESSE OG TELEFON FRA?']],
    [
      'emphasised lines',
      '**Formål, kort sagt.**\n\nTekst.\n\n3. **Lagring.**\nTekst.',
      ['Formål, kort sagt.', '3. Lagring.'],
    ],
    ['text before the first one', 'Tekst uten overskrift.\n\n# Formål\n\nTekst.', ['', 'Formål']],
  ])('%s begin a section', (_, text, expected) => {
    expect(headingsOf(text)).toEqual(expected);
  });

  test.each<[string, string]>([
    ['a list', 'Vi lagrer:\n\n1. Navn\n2. Adresse\n3. Alder\n\nTekst.'],
    ['an indented list', 'Vi deler når:\n\n 1. Du har sagt ja\n\n 2. Loven krever det\n\nTekst.'],
    ['a list that leads nowhere', 'Tekst før.\n\n- Navn\n\n- Adresse\n\nTekst.'],
    ['a field', 'Tekst før.\n\nTelefon: 22 00 00 00\n\nE-post: post@fjordbygg.no\n\nTekst.'],
    ['a sentence', 'Tekst før.\n\nVi lagrer navnet ditt.\n\nTekst.'],
    ['a list in a line', 'Tekst før.\n\nNavn, telefonnummer og e-post\n\nTekst.'],
    ['a numbered sentence', '1. Vi lagrer navnet ditt så lenge du er kunde.\n\n2. Vi sletter det etterpå.\n\nTekst.'],
    ['the last line', 'Tekst før.\n\nKari Nordmann'],
    ['a date', 'Tekst før.\n\nOslo 01.02.2024\n\nTekst.'],
  ])('%s begins none', (_, text) => {
    expect(headingsOf(text)).toEqual(['']);
  });

  test('stand in the words too', () => {
    expect(compareTexts('', '## 1. Formål\n\nTekst.')).toEqual([
      { heading: '1. Formål', op: 'ADDED', words: [{ op: 'ADDED', text: '## 1. Formål\n\nTekst.' }] },
    ]);
  });
});

describe('exactness', () => {
  const word = fc.constantFrom(
    'vi',
    'lagrer',
    'navn',
    'og',
    'adresse,',
    'e\u0301n',
    '\u00e9n',
    'Å',
    'A\u030a',
    'post@a.no',
    '(ja)',
    '<\u0338',
    '\ud800',
    'x\u0000',
  );
  const space = fc.constantFrom(' ', ' ', ' ', '\n', '\r\n', '\u00a0', '\n\n', '\r\n \r\n', '\ufeff');
  const heading = fc.constantFrom(
    '# Formål',
    '1. Formål',
    '2. Lagring',
    '§ 3 Klage',
    'Kontakt',
    'FORMÅL',
    'Formål\n===',
    '',
  );
  const body = fc.array(fc.tuple(word, space), { maxLength: 12 }).map((parts) => parts.flat().join(''));
  const section = fc.tuple(heading, body).map(([title, text]) => (title === '' ? text : `${title}\n\n${text}`));
  const text = fc.oneof(
    fc.array(section, { maxLength: 6 }).map((sections) => sections.join('\n\n')),
    fc.string({ unit: 'binary', maxLength: 60 }),
    body,
  );
  /** A text and another made from it by taking sections away, putting some in and changing words, without moving. */
  const edited = fc
    .tuple(fc.array(section, { minLength: 1, maxLength: 6 }), fc.infiniteStream(fc.nat(9)), fc.infiniteStream(section))
    .map(([sections, choices, others]): [string, string] => {
      const choose = (): number => choices.next().value;
      const after = sections.flatMap((part) => {
        const choice = choose();
        if (choice === 0) return [];
        if (choice === 1) return [part, others.next().value];
        if (choice === 2) return [`${part} til slutt`];
        return [part];
      });
      return [sections.join('\n\n'), after.join('\n\n')];
    });

  test('SAME and ADDED runs are the new text to the character, SAME and REMOVED ones each old section', () => {
    console.info(`comparison property: seed ${seed}`);
    fc.assert(
      fc.property(fc.oneof(fc.tuple(text, text), edited), ([from, to]) => {
        const compared = compareTexts(from, to);
        expect(runsOf(compared, 'SAME', 'ADDED')).toBe(to);
        const old = compared
          .map((part) => normaliseText(runsOf([part], 'SAME', 'REMOVED')))
          .filter((part) => part !== '');
        const asOne = compared.length === 1 && normaliseText(from) === old[0];
        if (!asOne)
          expect(old.sort()).toEqual(
            sectionsOf(from)
              .map((part) => part.normalised)
              .sort(),
          );
        for (const part of compared) {
          expect(part.words.every((run) => run.op === 'SAME')).toBe(part.op === 'SAME');
          expect(part.words.every((run) => run.text !== '')).toBe(true);
          expect(part.words.every((run, at) => run.op !== part.words[at - 1]?.op)).toBe(true);
        }
      }),
      { seed, numRuns: RUNS },
    );
  });

  test('where no section moved, SAME and REMOVED runs are the old text', () => {
    fc.assert(
      fc.property(edited, ([from, to]) => {
        const compared = compareTexts(from, to);
        const old = compared
          .map((part) => normaliseText(runsOf([part], 'SAME', 'REMOVED')))
          .filter((part) => part !== '');
        const inOrder =
          compared.length === 1 ||
          old.join('\u0001') ===
            sectionsOf(from)
              .map((part) => part.normalised)
              .join('\u0001');
        fc.pre(inOrder);
        expect(normaliseText(runsOf(compared, 'SAME', 'REMOVED'))).toBe(normaliseText(from));
      }),
      { seed, numRuns: RUNS },
    );
  });

  test('texts alike but for white space and normal form have SAME sections only, and no others do', () => {
    fc.assert(
      fc.property(text, space, fc.constantFrom<'NFC' | 'NFD'>('NFC', 'NFD'), (from, other, form) => {
        const to = from.normalize(form).replace(/ /gu, other);
        const same = compareTexts(from, to).every((part) => part.op === 'SAME');
        expect(same).toBe(normaliseText(from) === normaliseText(to));
      }),
      { seed, numRuns: RUNS },
    );
  });

  test('the old text comes back to the character when only words, sentences and sections come and go', () => {
    const without = policy.replace(/2\. Hva[\s\S]*?(?=3\. Hvor)/u, '');
    const more = `${policy}\n4. Kontakt\n\nRing oss.\n`;
    for (const [from, to] of [
      [policy, without],
      [without, policy],
      [policy, more],
      [more, policy],
      [policy.trimEnd(), more],
      [more, policy.trimEnd()],
    ] as const) {
      expect(runsOf(compareTexts(from, to), 'SAME', 'REMOVED')).toBe(from);
      expect(runsOf(compareTexts(from, to), 'SAME', 'ADDED')).toBe(to);
    }
  });

  test.each<[string, (at: number) => string, (at: number) => string]>([
    ['all different words', (at) => `a${at} `, (at) => `b${at} `],
    [
      'two words in no order',
      (at) => ((at * 7919) % 13 < 6 ? 'ja ' : 'nei '),
      (at) => ((at * 104729) % 17 < 8 ? 'ja ' : 'nei '),
    ],
    ['ten thousand headings', (at) => `# A ${at}\n\nx\n\n`, (at) => `# A ${at * 7}\n\ny\n\n`],
    ['marks on one letter', () => '\u0301\u0316', () => '\u0316\u0301'],
  ])('stays, also where the work is cut short: %s', (_, before, after) => {
    const fill = (part: (at: number) => string): string =>
      Array.from({ length: 10_000 }, (__, at) => part(at)).join('');
    const [from, to] = [fill(before), fill(after)];
    const compared = compareTexts(from, to);
    expect(runsOf(compared, 'SAME', 'ADDED')).toBe(to);
    expect(compareTexts(from, to)).toEqual(compared);
  });
});

describe('the number of changed words', () => {
  test.each<[string, string, number]>([
    ['Vi lagrer navn.', 'Vi lagrer navn.', 0],
    ['Vi lagrer navn.', 'Vi  lagrer\nnavn', 0],
    ['Vi lagrer navn.', 'Vi lagrer namn.', 1],
    ['Vi lagrer navn.', 'Vi lagrer ikke navn.', 1],
    ['Vi lagrer ikke navn.', 'Vi lagrer navn.', 1],
    ['Slettes etter 3 uker', 'Slettes etter 30 uker', 1],
    ['pris 5 $', 'pris 5 €', 1],
    ['en to tre', 'fire fem seks sju', 4],
    ['', 'en to', 2],
    ['A\u030apen', 'Åpen', 0],
  ])('between "%s" and "%s" is %d', (from, to, expected) => {
    expect(countChangedWords(from, to)).toBe(expected);
  });

  test('is never less than the word edit distance', () => {
    const words = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 9 });
    fc.assert(
      fc.property(words, words, (from, to) => {
        const counted = countChangedWords(from.join(' '), to.join(' '));
        expect(counted).toBeGreaterThanOrEqual(editDistance(from, to));
        expect(counted).toBeLessThanOrEqual(from.length + to.length);
      }),
      { seed, numRuns: RUNS },
    );
  });
});

function countOfChanges(from: string, to: string): number {
  return compareTexts(from, to).flatMap((section) => section.words.filter((run) => run.op !== 'SAME')).length;
}

function editDistance(from: readonly string[], to: readonly string[]): number {
  let row = to.map((_, at) => at + 1);
  row.unshift(0);
  for (const [at, word] of from.entries()) {
    const next = [at + 1];
    for (const [place, other] of to.entries()) {
      const [here, above, left] = [row[place] ?? 0, row[place + 1] ?? 0, next[place] ?? 0];
      next.push(Math.min(here + (word === other ? 0 : 1), above + 1, left + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
