import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sentenceOf } from '../../src/application/sentences/fact-sentences';
import { decodeEvent, KNOWN_EVENT_TYPES } from '../../src/domain/stored-events';

const GOLDEN = join(__dirname, '..', 'golden', 'events');

const telling = {
  zone: 'Europe/Oslo',
  labelOf: () => 'Versjon 2. rev. 10',
};

function golden(type: string, shape = '') {
  const stored = JSON.parse(readFileSync(join(GOLDEN, `${type}.v1${shape}.json`), 'utf8')) as {
    readonly data: Record<string, unknown>;
  };
  return { event: decodeEvent(type, 1, stored.data), data: stored.data };
}

test.each(KNOWN_EVENT_TYPES)('%s tells a whole sentence in Norwegian and in English', (type) => {
  const { event } = golden(type);
  const { nb, en } = sentenceOf(event, telling);
  expect(nb).not.toBe(en);
  for (const sentence of [nb, en]) {
    expect(sentence).toMatch(/^[A-ZÆØÅ]/);
    // A reason that somebody wrote ends as they ended it.
    expect(sentence).toMatch(/\.$|: [^:]+$/);
    expect(sentence).not.toMatch(/undefined|null|NaN|\[object| {2}| \.|^\s|\s$/);
    expect(sentence.length).toBeLessThan(300);
    expect(sentence).not.toContain(type);
  }
});

test.each(KNOWN_EVENT_TYPES)('%s tells nobody by the id of who acted, and no sealed text', (type) => {
  const { event, data } = golden(type);
  const hidden = ['author', 'approver', 'publisher', 'importer', 'subjectId', 'actor'].flatMap((name) => {
    const value = data[name];
    return typeof value === 'string' ? [value] : [];
  });
  if ('subjectId' in data && typeof data.reason === 'string') hidden.push(data.reason);
  const told = Object.values(sentenceOf(event, telling)).join('\n');
  for (const value of hidden) expect(told).not.toContain(value);
});

test.each([
  ['PolicyVersionWithdrawn', /^Trakk en versjon tilbake fra [^:]+ \d\d:\d\d[^:]*\.$/, ': Feil'],
  ['PolicyRetired', /^Tok dokumentet ut av bruk fra [^:]+ \d\d:\d\d[^:]*\.$/, ': Tjenesten er avviklet'],
  ['PolicyVersionImportRevoked', /^Tok en importert versjon ut igjen\.$/, ': Feil dato'],
  ['PolicyRetirementImportRevoked', /^Tok en importert avslutning ut igjen\.$/, ': Feil dato'],
])('%s ends with its reason in clear, and without one that is sealed', (type, without, because) => {
  expect(sentenceOf(golden(type).event, telling).nb).toMatch(new RegExp(`${because}$`));
  expect(sentenceOf(golden(type, '.sealed-reason').event, telling).nb).toMatch(without);
  expect(sentenceOf(golden(type, '.sealed-reason').event, telling).en).toMatch(/[^:]\.$/);
});

test('a decision names the version by its label and locale, and by its locale where the label is unknown', () => {
  const { event } = golden('ConsentGiven');
  expect(sentenceOf(event, telling).en).toMatch(/^Consented to .+ \(Versjon 2\. rev\. 10, nb\)\.$/);
  expect(sentenceOf(event, { zone: 'Europe/Oslo' }).nb).toMatch(/^Samtykket til .+ \(nb\)\.$/);
});
