/** The cells of a table after RFC 4180, read by its grammar: what does not fit it fails the test. */
export function csvRecords(bytes: Buffer): readonly (readonly string[])[] {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  const records: string[][] = [];
  let record: string[] = [];
  let at = 0;
  while (at < text.length) {
    const quoted = /"((?:[^"]|"")*)"/y;
    const plain = /[^",\r\n]*/y;
    const form = text[at] === '"' ? quoted : plain;
    form.lastIndex = at;
    const match = form.exec(text);
    if (!match) throw new Error(`There is no cell at character ${at}.`);
    record.push(form === quoted ? (match[1] ?? '').replaceAll('""', '"') : match[0]);
    at = form.lastIndex;
    if (text[at] === ',') at += 1;
    else if (text.startsWith('\r\n', at)) {
      records.push(record);
      record = [];
      at += 2;
    } else throw new Error(`The cell before character ${at} ends neither with a comma nor with the line.`);
  }
  if (record.length > 0) throw new Error('The last line does not end.');
  return records;
}
