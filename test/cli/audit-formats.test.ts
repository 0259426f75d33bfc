import { printAudit } from '../../src/cli/commands/audit-formats';
import type { AuditSheet, SheetPerson } from '../../src/cli/commands/audit-sheet';
import type { Terminal } from '../../src/cli/doors';

const person: SheetPerson = {
  subject: '7a0f8a52-3d4b-4f0e-9a3e-1f2d3c4b5a69',
  erased: false,
  registeredAt: '2024-01-01T12:00:00.000Z',
  categories: ['customers', 'prospects'],
  customer: 'acme',
  version: 'Versjon 1',
  notice: 'ACKNOWLEDGED',
  accepted: null,
  consents: [{ purpose: 'newsletter', status: 'GIVEN', valid: true }],
  obligations: [
    { kind: 'DECIDE_CONSENT', purposes: ['profiling'], deadline: '2024-02-01T22:59:59.999Z', blocking: true },
  ],
  inBreach: true,
};

const sheet: AuditSheet = {
  policy: 'fjordlys/privacy',
  asOf: {
    effectiveAt: '2024-02-02T22:59:59.999Z',
    timeZone: 'Europe/Oslo',
    recordedAt: '2024-03-01T10:00:00.000Z',
    position: 'p',
    settled: true,
    forecast: false,
    rules: '1',
  },
  inForce: { sequence: 1, label: 'Versjon 1', effectiveFrom: '2024-01-01T12:00:00.000Z' },
  subjects: 2,
  inBreach: 1,
  notices: [{ version: 'Versjon 1', step: 'ACKNOWLEDGED', subjects: 2 }],
  acceptances: [],
  consents: [{ purpose: 'newsletter', status: 'GIVEN', subjects: 2, valid: 2 }],
  locale: 'nb',
  people: async function* () {
    yield [person];
    yield [];
    yield [{ ...person, erased: true, obligations: [], inBreach: false }];
  },
};

async function printed(
  asked: AuditSheet,
  format: 'table' | 'json' | 'csv',
  people = true,
  language: 'nb' | 'en' = 'nb',
) {
  const chunks: Buffer[] = [];
  const terminal: Terminal = {
    data: (chunk) => void chunks.push(Buffer.from(chunk)),
    say: () => undefined,
    isTerminal: false,
  };
  await printAudit(terminal, asked, { format, people, language });
  return Buffer.concat(chunks).toString('utf8');
}

describe('an audit is printed', () => {
  test('as JSON that holds the stamp, the counts and everybody', async () => {
    const { people: _, locale: _locale, ...counts } = sheet;
    const expected = { ...counts, people: [person, { ...person, erased: true, obligations: [], inBreach: false }] };
    expect(JSON.parse(await printed(sheet, 'json'))).toEqual(expected);
    expect(JSON.parse(await printed(sheet, 'json', false))).toEqual(counts);
    const nobody = { ...sheet, people: async function* () {} };
    expect(JSON.parse(await printed(nobody, 'json'))).toEqual({ ...counts, people: [] });
  });

  test('as CSV with a column for each purpose, or with the counts alone', async () => {
    const columns =
      'subject,erased,registeredAt,categories,customer,version,notice,accepted,obligations,inBreach,newsletter status,newsletter valid';
    expect((await printed(sheet, 'csv')).split('\r\n')).toEqual([
      columns,
      `${person.subject},false,2024-01-01T12:00:00.000Z,customers; prospects,acme,Versjon 1,ACKNOWLEDGED,,DECIDE_CONSENT profiling 2024-02-01T22:59:59.999Z blocking,true,GIVEN,true`,
      `${person.subject},true,2024-01-01T12:00:00.000Z,customers; prospects,acme,Versjon 1,ACKNOWLEDGED,,,false,GIVEN,true`,
      '',
    ]);
    expect((await printed(sheet, 'csv', false)).split('\r\n')).toEqual([
      'measure,version,purpose,state,subjects,valid',
      'subjects,,,,2,',
      'inBreach,,,,1,',
      'notice,Versjon 1,,ACKNOWLEDGED,2,',
      'consent,,newsletter,GIVEN,2,2',
      '',
    ]);
  });

  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx'])(
    'a cell %j is no formula to a spreadsheet',
    async (cell) => {
      const one = async function* () {
        yield [{ ...person, version: cell, categories: [cell] }];
      };
      const csv = await printed({ ...sheet, people: one }, 'csv');
      expect(csv).toContain(`'${cell}`);
      expect(csv).not.toMatch(/(^|,|")[=+@\t\r-]/m);
      const counts = await printed(
        { ...sheet, notices: [{ version: cell, step: 'PENDING', subjects: 1 }] },
        'csv',
        false,
      );
      expect(counts).toContain(`'${cell}`);
    },
  );

  test('cells with commas, quotes, line breaks and NUL stay one cell', async () => {
    const one = async function* () {
      yield [{ ...person, version: 'a,"b"\nc\0d' }];
    };
    expect(await printed({ ...sheet, people: one }, 'csv')).toContain('"a,""b""\nc\uFFFDd"');
  });

  test('as a table in Norwegian or in English', async () => {
    const norwegian = await printed(sheet, 'table');
    expect(norwegian).toContain('Versjon som gjelder: Versjon 1 (1), fra 2024-01-01T12:00:00.000Z');
    expect(norwegian).toContain('newsletter  gitt (GIVEN)  2         2');
    expect(norwegian).toMatch(/ACKNOWLEDGED {2}newsletter=GIVEN \(over fristen\)\n/);
    expect(norwegian).toMatch(/newsletter=GIVEN \(slettet\)\n$/);
    const english = await printed(sheet, 'table', false, 'en');
    expect(english).toContain('Purpose     Status         People  May be processed');
    expect(english).not.toContain(person.subject);
  });

  test.each(['table', 'json', 'csv'] as const)(
    'as %s page by page: none is asked for before the last is written',
    async (format) => {
      let written = 0;
      let asked = 0;
      const waiting: number[] = [];
      const many = async function* () {
        for (; asked < 500; asked += 1) {
          waiting.push(asked - written);
          yield Array.from({ length: 20 }, () => ({ ...person, subject: `${asked}` }));
        }
      };
      const lines: number[] = [];
      const terminal: Terminal = {
        data: (chunk) => {
          lines.push(Buffer.from(chunk).length);
          if (lines.length > 1) written = asked + 1;
        },
        say: () => undefined,
        isTerminal: false,
      };
      await printAudit(terminal, { ...sheet, people: many }, { format, people: true, language: 'en' });
      expect(asked).toBe(500);
      expect(Math.max(...waiting)).toBeLessThanOrEqual(0);
      expect(Math.max(...lines)).toBeLessThan(20_000);
    },
  );
});
