import { randomUUID } from 'node:crypto';
import {
  AppendTooLarge,
  appendBytes,
  type JsonObject,
  MAX_APPEND_BYTES,
  MAX_APPEND_EVENTS,
  type NewEvent,
  type StoredEvent,
} from '../../src/event-store/event-store';
import { collect, freshStream, type StoreInUse, sampleEvent, sampleEvents } from '../support/event-store-samples';

/** What goes in comes out, and what is refused leaves no trace. */
export function limitsContract(store: StoreInUse): void {
  describe('payloads', () => {
    test.each<[string, JsonObject]>([
      ['empty', {}],
      ['Norwegian', { tekst: 'Når du bruker tjenesten, samtykker du – «ærlig» ØÅæøå' }],
      ['outside the basic plane', { '👩‍⚖️': '𝔖𝔞𝔪𝔱𝔶𝔨𝔨𝔢 🇳🇴' }],
      ['decomposed and composed letters', { nfd: 'a\u030a', nfc: '\u00e5' }],
      ['NUL, other controls and line separators', { text: 'a\u0000b\u0001\u001f\u007f\u2028\u2029\r\n\t' }],
      ['a byte order mark and soft hyphens', { text: '\ufeffsam\u00adtykke\u00a0' }],
      ['halves of surrogate pairs', { text: 'a\ud800b\udfffc', '\udc00': 1 }],
      ['numbers at the edges', { zero: 0, small: 5e-324, large: Number.MAX_VALUE, safe: Number.MAX_SAFE_INTEGER }],
      ['names that objects inherit', JSON.parse('{"__proto__":{"a":1},"constructor":null,"toString":"x"}')],
      ['nesting', { list: [[], [{}], [[[null, true, false, '']]]] }],
      [
        'keys that are no identifiers, in their order',
        { 'b c': 1, a: 2, '': 3, $maxAge: 4, "'; DROP TABLE events; --": 5 },
      ],
    ])('data and metadata come back as they were: %s', async (_, payload) => {
      const stream = freshStream();
      await store().append(stream, [{ ...sampleEvent(), data: payload, metadata: payload }], 0);
      const [stored] = await collect(store().readStream(stream));
      expect(JSON.stringify(stored?.data)).toBe(JSON.stringify(payload));
      expect(JSON.stringify(stored?.metadata)).toBe(JSON.stringify(payload));
    });

    test('a payload changed by its owner after the call is stored as it was at the call', async () => {
      const stream = freshStream();
      const data = { text: 'before' };
      const answer = store().append(stream, [sampleEvent(data)], 0);
      data.text = 'after';
      await answer;
      expect((await collect(store().readStream(stream)))[0]?.data).toEqual({ text: 'before' });
    });

    test('an event type may hold any printable characters', async () => {
      const stream = freshStream();
      const types = ['VersjonKunngjort', 'Ærlig talt 𝔖', 'a', 'x'.repeat(128)];
      await store().append(
        stream,
        types.map((type) => sampleEvent({}, type)),
        0,
      );
      expect((await collect(store().readStream(stream))).map((event) => event.type)).toEqual(types);
    });

    test('every event carries its stream, version, and a recording time in whole milliseconds', async () => {
      const stream = freshStream();
      const events = sampleEvents(3);
      await store().append(stream, events, 0);
      const stored: StoredEvent[] = await collect(store().readStream(stream));
      stored.forEach((event, index) => {
        expect(event).toEqual({
          ...events[index],
          stream,
          version: index + 1,
          position: event.position,
          recordedAt: event.recordedAt,
        });
        expect(store().isPosition(event.position)).toBe(true);
        expect(Number.isSafeInteger(event.recordedAt)).toBe(true);
        expect(event.recordedAt).toBeGreaterThan(Date.parse('2020-01-01T00:00:00Z'));
      });
      expect(stored).toHaveLength(3);
    });
  });

  describe('sizes', () => {
    test('an append of no events is too large for nothing and is refused', async () => {
      await expect(store().append(freshStream(), [], 0)).rejects.toBeInstanceOf(AppendTooLarge);
    });

    test('the most events an append may hold are stored, one more is refused', async () => {
      const stream = freshStream();
      const answer = await store().append(stream, sampleEvents(MAX_APPEND_EVENTS), 0);
      expect(answer.version).toBe(MAX_APPEND_EVENTS);
      const numbers = (await collect(store().readStream(stream))).map((event) => event.data.number);
      expect(numbers).toEqual(Array.from({ length: MAX_APPEND_EVENTS }, (_, index) => index + 1));
      const refused = store().append(stream, sampleEvents(MAX_APPEND_EVENTS + 1), MAX_APPEND_EVENTS);
      await expect(refused).rejects.toMatchObject({ code: 'APPEND_TOO_LARGE' });
      expect(await collect(store().readStream(stream, { from: MAX_APPEND_EVENTS + 1 }))).toEqual([]);
    });

    test('the most bytes an append may hold are stored, one more is refused and leaves no trace', async () => {
      const stream = freshStream();
      const largest = eventOfBytes(MAX_APPEND_BYTES);
      await expect(store().append(stream, [eventOfBytes(MAX_APPEND_BYTES + 1)], 0)).rejects.toBeInstanceOf(
        AppendTooLarge,
      );
      expect(await collect(store().readStream(stream))).toEqual([]);
      expect((await store().append(stream, [largest], 0)).version).toBe(1);
      expect((await collect(store().readStream(stream)))[0]?.data).toEqual(largest.data);
    });

    test('bytes are counted, not characters, and over all events of the append', async () => {
      const halves = [sampleEvent({ text: 'æ'.repeat(300_000) }), sampleEvent({ text: 'ø'.repeat(300_000) })];
      await expect(store().append(freshStream(), halves, 0)).rejects.toBeInstanceOf(AppendTooLarge);
    });

    test('a refusal for size does not hold up the writers beside it', async () => {
      const outcomes = await Promise.allSettled([
        store().append(freshStream(), sampleEvents(1), 0),
        store().append(freshStream(), [eventOfBytes(MAX_APPEND_BYTES + 1)], 0),
        store().append(freshStream(), sampleEvents(1), 0),
      ]);
      expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    });
  });

  describe('requests of the wrong form', () => {
    const uuid = randomUUID();
    const badNames = [
      '',
      'policy',
      uuid,
      `-${uuid}`,
      `Policy-${uuid}`,
      `policy-${uuid.toUpperCase()}`,
      `policy-${uuid}x`,
    ];
    badNames.push(`pol-icy-${uuid}`, `$policy-${uuid}`, `$$policy-${uuid}`, `9p-${uuid}`, ` policy-${uuid}`);
    badNames.push(`policy-${uuid}\n`, `policy-${uuid}\u0000`, `${'p'.repeat(33)}-${uuid}`, 'policy-1', '$all');

    test.each(badNames.map((name) => [JSON.stringify(name), name]))(
      'the stream name %s is refused',
      async (_, name) => {
        await expect(store().append(name, sampleEvents(1), 0)).rejects.toBeInstanceOf(TypeError);
        await expect(collect(store().readStream(name))).rejects.toBeInstanceOf(TypeError);
      },
    );

    const badIds = ['', 'x', `${uuid}0`, `{${uuid}}`, uuid.replaceAll('-', ''), uuid.toUpperCase().replace(/^./, 'A')];
    badIds.push('00000000-0000-0000-0000-000000000000', `${uuid}\n`, ` ${uuid}`);

    test.each(badIds.map((id) => [JSON.stringify(id), id]))('the event id %s is refused', async (_, id) => {
      const stream = freshStream();
      await refusesWithoutTrace(stream, [sampleEvent(), { ...sampleEvent(), id }]);
    });

    test.each(['', '$system', 'a\u0000b', 'a\ud800', 'x'.repeat(129)].map((type) => [JSON.stringify(type), type]))(
      'the event type %s is refused',
      async (_, type) => {
        await refusesWithoutTrace(freshStream(), [sampleEvent({}, type)]);
      },
    );

    test('the same id twice in one append is refused', async () => {
      const event = sampleEvent();
      await refusesWithoutTrace(freshStream(), [event, sampleEvent(), event]);
    });

    test.each<[string, unknown]>([
      ['null', null],
      ['a list', []],
      ['a text', 'text'],
      ['nothing', undefined],
    ])('%s instead of data or metadata is refused', async (_, payload) => {
      await refusesWithoutTrace(freshStream(), [Object.assign(sampleEvent(), { data: payload })]);
      await refusesWithoutTrace(freshStream(), [Object.assign(sampleEvent(), { metadata: payload })]);
    });

    test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])(
      '%p as the expected version is refused',
      async (expected) => {
        const stream = freshStream();
        await expect(store().append(stream, sampleEvents(1), expected)).rejects.toBeInstanceOf(TypeError);
        expect(await collect(store().readStream(stream))).toEqual([]);
      },
    );

    async function refusesWithoutTrace(stream: string, events: readonly NewEvent[]): Promise<void> {
      await expect(store().append(stream, events, 0)).rejects.toBeInstanceOf(TypeError);
      expect(await collect(store().readStream(stream))).toEqual([]);
    }
  });
}

/** One event that counts exactly `bytes` against the limit. */
function eventOfBytes(bytes: number): NewEvent {
  const empty = sampleEvent({ text: '' });
  return { ...empty, data: { text: 'x'.repeat(bytes - appendBytes([empty])) } };
}
