import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson } from '../../src/domain/canonical-json';
import {
  decodeEvent,
  eventDecoder,
  KNOWN_EVENT_TYPES,
  occurredAtOf,
  UnreadableEvent,
} from '../../src/domain/stored-events';

const GOLDEN = join(__dirname, '..', 'golden', 'events');

interface GoldenEvent {
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: Record<string, unknown>;
  /** What the data is after upcasting to the newest version, where that differs. */
  readonly decoded?: Record<string, unknown>;
}

const files = readdirSync(GOLDEN).filter((name) => name.endsWith('.json'));
const golden = files.map((name): [string, GoldenEvent] => [name, JSON.parse(readFileSync(join(GOLDEN, name), 'utf8'))]);

function codeOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof UnreadableEvent) return error.code;
    throw error;
  }
  return 'read';
}

test.each(golden)(
  'the stored event in %s is read as it always was',
  (name, { type, schemaVersion, data, decoded = data }) => {
    // A field that came later, beside those of the same version, has a file named after it.
    expect(name.replace(/\.[a-z-]+\.json$/, '.json')).toBe(`${type}.v${schemaVersion}.json`);
    expect(decodeEvent(type, schemaVersion, data)).toEqual({ type, data: decoded });
  },
);

test('there is a golden file for every type that can be read', () => {
  const types = new Set(golden.map(([, { type }]) => type));
  expect([...types].sort()).toEqual(KNOWN_EVENT_TYPES);
});

test.each(golden)('in %s every field that it cannot do without is missed', (_, { type, schemaVersion, data }) => {
  const needed = Object.keys(data).filter((field) => {
    const { [field]: _gone, ...rest } = data;
    return codeOf(() => decodeEvent(type, schemaVersion, rest)) === 'MALFORMED_EVENT';
  });
  // What a correction leaves alone is absent.
  const free = type === 'FactCorrected' ? 'occurredAt' : undefined;
  const times = Object.keys(data).filter((field) => field.endsWith('At') && field !== free);
  expect(needed).toEqual(expect.arrayContaining(times));
  expect(needed.length).toBeGreaterThan(1);
});

test.each(golden)('in %s a field of another form is refused, and the error names it but not its value', (_, stored) => {
  const { type, schemaVersion, data } = stored;
  for (const field of Object.keys(data)) {
    const wrong = { ...data, [field]: { secret: 'Ola Nordmann' } };
    const accepted = codeOf(() => decodeEvent(type, schemaVersion, wrong)) === 'read';
    expect([field, accepted]).toEqual([field, false]);
    try {
      decodeEvent(type, schemaVersion, wrong);
    } catch (error) {
      expect(String(error)).toContain(field);
      expect(String(error)).not.toContain('Nordmann');
    }
  }
});

const WITH_REASON = [
  'PolicyVersionWithdrawn',
  'PolicyRetired',
  'PolicyVersionImportRevoked',
  'PolicyRetirementImportRevoked',
];

test.each(WITH_REASON)('%s has its reason sealed or in clear, as older logs have it, and never none', (type) => {
  const shapes = golden.filter(([, event]) => event.type === type).map(([, { data }]) => data);
  expect(shapes.map((data) => ['reason' in data, 'sealedReason' in data])).toEqual([
    [true, false],
    [false, true],
  ]);
  for (const { reason: _, sealedReason: __, ...rest } of shapes) {
    expect(codeOf(() => decodeEvent(type, 1, rest))).toBe('MALFORMED_EVENT');
  }
});

test('a fault deep in the data is named by its path', () => {
  const [, published] = golden.find(([, { type }]) => type === 'PolicyVersionPublished') ?? [];
  const data = structuredClone(published?.data ?? {}) as {
    statement: { purposes: { bases: { legalBasis: string }[] }[] };
  };
  const basis = data.statement.purposes[0]?.bases[0];
  if (basis) basis.legalBasis = 'BECAUSE';
  expect(() => decodeEvent('PolicyVersionPublished', 1, data)).toThrow('statement.purposes.0.bases.0.legalBasis');
});

test.each([
  ['no object', null],
  ['a list', []],
  ['a text', 'x'],
  ['empty', {}],
])('data that is %s is refused', (_, data) => {
  expect(codeOf(() => decodeEvent('PolicyTitleSet', 1, data))).toBe('MALFORMED_EVENT');
});

test.each(['PolicyTeleported', '', 'constructor', '__proto__', 'toString'])('the type "%s" is unknown', (type) => {
  expect(codeOf(() => decodeEvent(type, 1, {}))).toBe('UNKNOWN_EVENT_TYPE');
});

test.each([0, 2, -1, 1.5, '1', null, {}])('schema version %j is unknown', (version) => {
  expect(codeOf(() => decodeEvent('PolicyTitleSet', version, {}))).toBe('UNKNOWN_SCHEMA_VERSION');
});

test('an event that names no schema version is of the first', () => {
  const data = { policyId: 'p', title: { locale: 'nb', text: 'T' }, setAt: '2024-01-01T00:00:00.000Z' };
  expect(decodeEvent('PolicyTitleSet', undefined, data)).toEqual({ type: 'PolicyTitleSet', data });
});

test('data of an older version is brought up step by step before it is checked', () => {
  const decode = eventDecoder({
    PolicyTitleSet: [
      ({ name, ...rest }) => ({ ...rest, title: name }),
      ({ title, ...rest }) => ({ ...rest, title: { locale: 'nb', text: title } }),
    ],
  });
  const rest = { policyId: 'p', setAt: '2024-01-01T00:00:00.000Z' };
  const newest = { type: 'PolicyTitleSet', data: { ...rest, title: { locale: 'nb', text: 'T' } } };
  expect(decode('PolicyTitleSet', 1, { ...rest, name: 'T' })).toEqual(newest);
  expect(decode('PolicyTitleSet', 2, { ...rest, title: 'T' })).toEqual(newest);
  expect(decode('PolicyTitleSet', 3, newest.data)).toEqual(newest);
  expect(codeOf(() => decode('PolicyTitleSet', 4, newest.data))).toBe('UNKNOWN_SCHEMA_VERSION');
});

test('an import occurred when it took effect, a publication when it was published', () => {
  const dateOf = (type: string) => {
    const [, stored] = golden.find(([, event]) => event.type === type) ?? [];
    return stored && occurredAtOf(decodeEvent(type, stored.schemaVersion, stored.data));
  };
  expect([dateOf('PolicyVersionImported'), dateOf('PolicyVersionPublished'), dateOf('TextChunkStored')]).toEqual([
    '2023-10-31T23:00:00.000Z',
    '2024-05-01T10:00:00.000Z',
    undefined,
  ]);
});

test('golden files are canonical, so that a change to one is seen', () => {
  for (const [name, event] of golden) {
    const path = join(GOLDEN, name);
    expect([name, readFileSync(path, 'utf8')]).toEqual([name, `${canonicalJson(event)}\n`]);
  }
});
