import { csvTable } from '../../src/evidence/csv-table';

describe('a CSV table', () => {
  const line = (cell: string) =>
    Buffer.from(csvTable(1).lines([[cell]]))
      .toString('utf8')
      .replace(/\r\n$/, '');

  test.each([
    ['=1+1', "'=1+1"],
    ['＝1', "'＝1"],
    ['\t=1', "'\t'=1"],
    [' =1', "' =1"],
    ['"=1"', `"'""=1"""`],
    ['kari;=1+1', "kari;'=1+1"],
    ['kari; @b', "kari;' @b"],
    ['kari;"=1"', `"kari;'""=1"""`],
    ['første\n=1', `"første\n'=1"`],
    ['a\r\n-1', `"a\r\n'-1"`],
  ])('keeps %j from being run, also by a spreadsheet that cuts lines at semicolons', (cell, written) => {
    expect(line(cell)).toBe(written);
  });

  test.each(['to\nlinjer', 'to\rlinjer', 'to\r\nlinjer'])('keeps the lines of %j in one cell', (cell) =>
    expect(line(cell)).toBe(`"${cell}"`),
  );

  test.each(['a=b', 'kari-marie@example.org', '2024-01-31T12:00:00.000Z', 'kunde; ansatt', 'a; b-c', "'ja", ''])(
    'leaves %j as it is',
    (cell) => expect(line(cell)).toBe(cell),
  );
});
