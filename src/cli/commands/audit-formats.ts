import { CONSENT_WORDS, NOTICE_WORDS } from '../../application/sentences/state-words';
import type { InBoth, Language } from '../../domain/languages';
import { type CsvCell, csvTable } from '../../evidence/csv-table';
import type { Terminal } from '../doors';
import type { AuditSheet, SheetPerson } from './audit-sheet';

export const AUDIT_FORMATS = ['table', 'json', 'csv'] as const;
export type AuditFormat = (typeof AUDIT_FORMATS)[number];

export interface Printing {
  readonly format: AuditFormat;
  readonly language: Language;
  /** Also the people behind the counts. */
  readonly people: boolean;
}

/** Prints an audit; people as they come, so that a million of them need no more memory than a few. */
export async function printAudit(terminal: Terminal, sheet: AuditSheet, printing: Printing): Promise<void> {
  switch (printing.format) {
    case 'table':
      return printTable(terminal, sheet, printing);
    case 'json':
      return printJson(terminal, sheet, printing);
    case 'csv':
      return printing.people ? printPeopleCsv(terminal, sheet) : printCountsCsv(terminal, sheet);
  }
}

async function printJson(terminal: Terminal, sheet: AuditSheet, { people }: Printing): Promise<void> {
  const { people: _, locale: _locale, ...counts } = sheet;
  const head = JSON.stringify(counts);
  if (!people) return terminal.data(`${head}\n`);
  terminal.data(`${head.slice(0, -1)},"people":[`);
  let separator = '\n';
  for await (const page of sheet.people()) {
    for (const person of page) {
      terminal.data(`${separator}${JSON.stringify(person)}`);
      separator = ',\n';
    }
  }
  terminal.data('\n]}\n');
}

const COUNT_COLUMNS = ['measure', 'version', 'purpose', 'state', 'subjects', 'valid'] as const;

function printCountsCsv(terminal: Terminal, sheet: AuditSheet): void {
  const { subjects, inBreach, notices, acceptances, consents } = sheet;
  const table = csvTable(COUNT_COLUMNS.length);
  terminal.data(
    table.lines([
      COUNT_COLUMNS,
      ['subjects', '', '', '', subjects],
      ['inBreach', '', '', '', inBreach],
      ...notices.map(({ version, step, subjects: count }) => ['notice', version, '', step, count]),
      ...acceptances.map(({ version, subjects: count }) => ['acceptance', version, '', 'ACCEPTED', count]),
      ...consents.map(({ purpose, status, subjects: count, valid }) => ['consent', '', purpose, status, count, valid]),
    ]),
  );
}

/** The columns of purposes come last, two for each. */
async function printPeopleCsv(terminal: Terminal, sheet: AuditSheet): Promise<void> {
  const purposes = [...new Set(sheet.consents.map(({ purpose }) => purpose))];
  const names = ['subject', 'erased', 'registeredAt', 'categories', 'customer', 'version', 'notice', 'accepted'];
  const columns = [
    ...names,
    'obligations',
    'inBreach',
    ...purposes.flatMap((purpose) => [`${purpose} status`, `${purpose} valid`]),
  ];
  const table = csvTable(columns.length);
  terminal.data(table.lines([columns]));
  for await (const page of sheet.people()) {
    if (page.length > 0) terminal.data(table.lines(page.map((person) => cellsOf(person, purposes))));
  }
}

function cellsOf(person: SheetPerson, purposes: readonly string[]): readonly CsvCell[] {
  const { subject, erased, registeredAt, categories, customer, version, notice, accepted, inBreach } = person;
  return [
    subject,
    erased,
    registeredAt,
    categories.join('; '),
    customer ?? '',
    version ?? '',
    notice ?? '',
    accepted ?? '',
    obligationsOf(person),
    inBreach,
    ...purposes.flatMap((purpose): readonly CsvCell[] => {
      const state = person.consents.find((each) => each.purpose === purpose);
      return state ? [state.status, state.valid] : ['', ''];
    }),
  ];
}

function obligationsOf({ obligations }: SheetPerson): string {
  return obligations
    .map(({ kind, purposes, deadline, blocking }) =>
      [kind, ...purposes, deadline ?? '', ...(blocking ? ['blocking'] : [])].filter((word) => word !== '').join(' '),
    )
    .join('; ');
}

const WORDS = {
  version: { nb: 'Versjon som gjelder', en: 'Version in force' },
  from: { nb: 'fra', en: 'from' },
  subjects: { nb: 'Personer', en: 'People' },
  inBreach: { nb: 'Med en sperrende plikt over fristen', en: 'With an overdue blocking obligation' },
  notice: { nb: 'Varsling', en: 'Notice' },
  accepted: { nb: 'Har godtatt', en: 'Have accepted' },
  purpose: { nb: 'Formål', en: 'Purpose' },
  state: { nb: 'Status', en: 'Status' },
  valid: { nb: 'Kan behandles', en: 'May be processed' },
  person: { nb: 'Person', en: 'Person' },
  consents: { nb: 'Samtykker', en: 'Consents' },
  erased: { nb: 'slettet', en: 'erased' },
  overdue: { nb: 'over fristen', en: 'overdue' },
} as const satisfies { readonly [word: string]: InBoth };

async function printTable(terminal: Terminal, sheet: AuditSheet, { language, people }: Printing): Promise<void> {
  const say = (word: keyof typeof WORDS) => WORDS[word][language];
  const { policy, inForce, subjects, inBreach, notices, acceptances, consents } = sheet;
  terminal.data(`${policy}\n`);
  terminal.data(`${say('version')}: ${inForce.label} (${inForce.sequence}), ${say('from')} ${inForce.effectiveFrom}\n`);
  terminal.data(`${say('subjects')}: ${subjects}\n${say('inBreach')}: ${inBreach}\n`);
  const state = (words: InBoth, code: string) => `${words[language]} (${code})`;
  terminal.data(
    aligned(
      [say('notice'), say('state'), say('subjects')],
      notices.map(({ version, step, subjects: count }) => [version, state(NOTICE_WORDS[step], step), String(count)]),
    ),
  );
  terminal.data(
    aligned(
      [say('accepted'), say('subjects')],
      acceptances.map(({ version, subjects: count }) => [version, String(count)]),
    ),
  );
  terminal.data(
    aligned(
      [say('purpose'), say('state'), say('subjects'), say('valid')],
      consents.map(({ purpose, status, subjects: count, valid }) => [
        purpose,
        state(CONSENT_WORDS[status], status),
        String(count),
        String(valid),
      ]),
    ),
  );
  if (people) await printPeopleTable(terminal, sheet, say);
}

/** Columns as wide as what stands in them; nothing where there is nothing to count. */
function aligned(names: readonly string[], lines: readonly (readonly string[])[]): string {
  if (lines.length === 0) return '';
  const widths = names.map((name, column) =>
    Math.max(name.length, ...lines.map((line) => (line[column] ?? '').length)),
  );
  const row = (cells: readonly string[]) =>
    cells.map((cell, column) => (column === cells.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  ');
  return `\n${[names, ...lines].map(row).join('\n')}\n`;
}

const ID_WIDTH = 36;
const STEP_WIDTH = 'ACKNOWLEDGED'.length;

async function printPeopleTable(
  terminal: Terminal,
  sheet: AuditSheet,
  say: (word: keyof typeof WORDS) => string,
): Promise<void> {
  const row = (id: string, step: string, more: string) =>
    `${id.padEnd(ID_WIDTH)}  ${step.padEnd(STEP_WIDTH)}  ${more}`.trimEnd();
  terminal.data(`\n${row(say('person'), say('notice'), say('consents'))}\n`);
  for await (const page of sheet.people()) {
    const lines = page.map((person) => {
      const consents = person.consents.map(({ purpose, status }) => `${purpose}=${status}`);
      const marks = [
        ...(person.inBreach ? [`(${say('overdue')})`] : []),
        ...(person.erased ? [`(${say('erased')})`] : []),
      ];
      return row(person.subject, person.notice ?? '', [...consents, ...marks].join(' '));
    });
    if (lines.length > 0) terminal.data(`${lines.join('\n')}\n`);
  }
}
