import { createHash } from 'node:crypto';
import type { AppendSink, WrittenEvent } from '../../src/event-store/append-sink';
import type { EventStore, JsonObject, NewEvent, Position, StoredEvent } from '../../src/event-store/event-store';
import { openSqliteEventStore } from '../../src/event-store/sqlite/sqlite-event-store';
import { eventRecord, LEAF_BYTES, leafOf, recordHash, textsOf, writeLeaf } from '../../src/ledger/leaf';
import { collect, freshStream } from '../support/event-store-samples';
import { setUpDoubles } from '../support/eventstoredb-double-setup';
import { hex, tagOf, uuidOf } from './support/log-with-tree';

const stream = `policy-${uuidOf('stream')}`;
const event: StoredEvent = {
  id: uuidOf('event'),
  type: 'PolicyTitleSet',
  stream,
  version: 3,
  position: '17' as Position,
  recordedAt: Date.parse('2024-06-15T10:00:00.007Z'),
  data: { title: 'Personvern – æøå', locale: 'nb', 2: 'two', 1: 'one' },
  metadata: { commandId: uuidOf('command'), schemaVersion: 1, streamTag: tagOf(stream) },
};
const sha256 = (text: string | Uint8Array) => createHash('sha256').update(text).digest('hex');

describe('the leaf of an event', () => {
  test('is its stream tag and the hash of its record, as an outsider computes them from the documentation', () => {
    const record = [
      'samtykke/event/v1',
      'b8e1f80b-d70a-5078-8c78-55a451731b74',
      'PolicyTitleSet',
      'policy-dca83e71-7b1f-54eb-8410-57a7415a330a',
      '3',
      '2024-06-15T10:00:00.007Z',
      `{"commandId":"${uuidOf('command')}","schemaVersion":1,"streamTag":"${tagOf(stream)}"}`,
      '{"1":"one","2":"two","title":"Personvern – æøå","locale":"nb"}',
      '',
    ].join('\n');
    expect(eventRecord(textsOf(event))).toBe(record);
    const tag = Buffer.from(tagOf(stream), 'base64url').toString('hex');
    expect(hex(leafOf(event))).toBe(`${tag}${sha256(record)}`);
    expect(sha256(record)).toBe('54a39d29b146e4922d5629e995d30b4d5b67f88c5ed431b77a2b933ef04e0d31');
  });

  test.each<[string, Partial<StoredEvent>]>([
    ['id', { id: uuidOf('other') }],
    ['type', { type: 'PolicyTitleSat' }],
    ['stream', { stream: `policy-${uuidOf('other')}` }],
    ['version', { version: 4 }],
    ['recording time', { recordedAt: event.recordedAt + 1 }],
    ['data', { data: { ...event.data, 2: 'Two' } }],
    ['order of the data', { data: { locale: 'nb', title: 'Personvern – æøå', 2: 'two', 1: 'one' } }],
    ['actor', { metadata: { ...event.metadata, actor: uuidOf('somebody') } }],
    ['schema version', { metadata: { ...event.metadata, schemaVersion: 2 } }],
    ['tag', { metadata: { ...event.metadata, streamTag: tagOf('other') } }],
  ])('is another where the %s is another', (_, change) => {
    expect(hex(leafOf({ ...event, ...change }))).not.toBe(hex(leafOf(event)));
  });

  test('does not depend on where the event stands in the log: its place in the tree says that', () => {
    expect(hex(leafOf({ ...event, position: '4711' as Position }))).toBe(hex(leafOf(event)));
  });

  test.each<[string, JsonObject]>([
    ['a number', { originalRecordedAt: event.recordedAt }],
    ['a time', { originalRecordedAt: '2024-06-15T12:00:00.007+02:00' }],
  ])('is the same in a copy of the log that tells the first recording time as %s', (_, remembered) => {
    const metadata = { ...event.metadata, originalPosition: '17', ...remembered };
    const copied = { ...event, position: '99' as Position, recordedAt: Date.parse('2030-01-01T00:00:00Z'), metadata };
    expect(hex(leafOf(copied))).toBe(hex(leafOf(event)));
  });

  test('tells a copy whose first recording time was altered', () => {
    const metadata = { ...event.metadata, originalRecordedAt: event.recordedAt + 1 };
    expect(hex(leafOf({ ...event, metadata }))).not.toBe(hex(leafOf(event)));
  });

  test.each<[string, JsonObject]>([
    ['none', {}],
    ['one of another length', { streamTag: 'b'.repeat(64) }],
    ['one that is no base64url', { streamTag: '+'.repeat(43) }],
    ['a number', { streamTag: 43 }],
    ['one in a part of its own', { chain: { streamTag: tagOf(stream) } }],
    ['one in a text', { note: `"streamTag":"${tagOf(stream)}"` }],
  ])('has the hash of the stream name for a tag where the event bears %s', (_, metadata) => {
    const leaf = leafOf({ ...event, metadata });
    expect(hex(leaf.subarray(0, 32))).toBe(sha256(stream));
  });

  test('takes the tag of the event where its metadata has parts of its own, with tags in them or not', () => {
    for (const metadata of [
      { chain: { streamTag: tagOf('other') }, streamTag: tagOf(stream) },
      { streamTag: tagOf(stream), chain: [{}] },
      { streamTag: tagOf(stream), brace: '{' },
    ]) {
      expect(hex(leafOf({ ...event, metadata }).subarray(0, 32))).toBe(hex(leafOf(event).subarray(0, 32)));
    }
  });
});

/** Values whose JSON text is easy to get wrong. */
const STRANGE: readonly JsonObject[] = [
  {},
  { text: 'æøå \u2028\u2029 \u0000\u001f \ud83d\ude00 \ud800 \udfff "\\/\b\f\n\r\t\u007f' },
  { 'half \ud83d key': null, '': '', 'line\nfeed': [] },
  { 10: 'ten', 9: 'nine', b: { 2: 2, 1: 1 }, a: 0 },
  { numbers: [0, -0, 1e21, 1e-7, 0.1, 123456789012345680000, Number.MAX_SAFE_INTEGER, 5e-324, -1.5] },
  { deep: [[[{ a: [null, true, false] }]]] },
  JSON.parse('{"__proto__": {"constructor": 1}, "constructor": "x"}') as JsonObject,
  { long: 'ø'.repeat(200_000) },
];

const strangeEvents = (tag: string): NewEvent[] =>
  STRANGE.map((data, index) => ({
    id: uuidOf(`strange ${tag} ${index}`),
    type: `Strange «${index}»`,
    data,
    metadata: { commandId: uuidOf(`${index}`), streamTag: tagOf(tag), ...(index % 2 === 0 && { more: data }) },
  }));

describe('what a store gives back', () => {
  const doubles = setUpDoubles();

  async function leavesIn(store: EventStore, name: string, events: readonly NewEvent[]): Promise<string[]> {
    for (const [version, each] of events.entries()) await store.append(name, [each], version);
    const stored = await collect(store.readStream(name));
    // The stores' own clocks are told apart; everything else of the record has to be the same bytes.
    return stored.map((each) => hex(leafOf({ ...each, recordedAt: 0 })));
  }

  test('has the leaf that was written with it, whatever the values are', async () => {
    const written: WrittenEvent[] = [];
    const sink: AppendSink = {
      mark: (each) => void written.push(each),
      written: () => undefined,
      forget: () => undefined,
      close: () => undefined,
    };
    const store = openSqliteEventStore({ clock: Date.now, sink: () => sink });
    const name = freshStream();
    await leavesIn(store, name, strangeEvents(name));
    const stored = await collect(store.readStream(name));
    expect(written).toHaveLength(STRANGE.length);
    for (const [index, each] of written.entries()) {
      const leaf = Buffer.alloc(LEAF_BYTES);
      writeLeaf(each, recordHash(each), leaf, 0);
      const read = stored[index];
      expect(read && hex(leafOf(read))).toBe(hex(leaf));
    }
    await store.close();
  });

  test('has the same leaf on SQLite and on EventStoreDB', async () => {
    const name = freshStream();
    const embedded = openSqliteEventStore({ clock: Date.now });
    const served = await doubles.store({ url: (await doubles.double()).url });
    const events = strangeEvents(name);
    expect(await leavesIn(served, name, events)).toEqual(await leavesIn(embedded, name, events));
    await embedded.close();
  });
});
