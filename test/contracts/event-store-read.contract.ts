import { randomUUID } from 'node:crypto';
import type { Position, StoredEvent, StreamRange } from '../../src/event-store/event-store';
import {
  collect,
  freshCategory,
  freshStream,
  idsOf,
  type StoreInUse,
  sampleEvents,
} from '../support/event-store-samples';

/** Enough events that any adapter has to fetch more than one page. */
const MANY_EVENTS = 2_500;

/** Reading a stream, reading the log, its head, and positions. */
export function readContract(store: StoreInUse): void {
  describe('readStream', () => {
    const stream = freshStream();
    beforeAll(async () => {
      await store().append(stream, sampleEvents(10), 0);
    });

    test.each<[string, StreamRange, number[]]>([
      ['everything', {}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
      ['from a version', { from: 8 }, [8, 9, 10]],
      ['to a version', { to: 3 }, [1, 2, 3]],
      ['between two, both included', { from: 4, to: 6 }, [4, 5, 6]],
      ['one version', { from: 7, to: 7 }, [7]],
      ['the first few', { limit: 2 }, [1, 2]],
      ['a few from a version', { from: 5, limit: 2 }, [5, 6]],
      ['a limit beyond the bound', { from: 9, to: 9, limit: 5 }, [9]],
      ['a limit beyond the end', { from: 9, limit: 50 }, [9, 10]],
      ['beyond the end', { from: 11 }, []],
      ['up to beyond the end', { from: 10, to: 1_000_000 }, [10]],
      ['bounds the wrong way round', { from: 6, to: 4 }, []],
      ['up to none', { to: 0 }, []],
      ['from zero', { from: 0, to: 2 }, [1, 2]],
      ['a limit of none', { limit: 0 }, []],
      ['backwards', { backwards: true }, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]],
      ['backwards from the newest wanted', { backwards: true, from: 3 }, [3, 2, 1]],
      ['backwards to the oldest wanted', { backwards: true, to: 8 }, [10, 9, 8]],
      ['backwards between two', { backwards: true, from: 6, to: 4 }, [6, 5, 4]],
      ['backwards, the wrong way round', { backwards: true, from: 4, to: 6 }, []],
      ['backwards, the last one', { backwards: true, limit: 1 }, [10]],
      ['backwards from beyond the end', { backwards: true, from: 99, limit: 2 }, [10, 9]],
      ['backwards from none', { backwards: true, from: 0 }, []],
      ['backwards, a limit of none', { backwards: true, limit: 0 }, []],
    ])('%s', async (_, range, versions) => {
      const events = await collect(store().readStream(stream, range));
      expect(events.map((event) => event.version)).toEqual(versions);
      expect(events.map((event) => event.data.number)).toEqual(versions);
    });

    test('an absent stream is empty both ways', async () => {
      expect(await collect(store().readStream(freshStream()))).toEqual([]);
      expect(await collect(store().readStream(freshStream(), { backwards: true }))).toEqual([]);
    });

    test.each<[string, StreamRange]>([
      ['a negative bound', { from: -1 }],
      ['a fraction', { to: 1.5 }],
      ['no number', { limit: Number.NaN }],
      ['a negative limit', { limit: -1 }],
      ['an endless limit', { limit: Number.POSITIVE_INFINITY }],
    ])('%s is refused', async (_, range) => {
      await expect(collect(store().readStream(stream, range))).rejects.toBeInstanceOf(TypeError);
    });

    test('a reader that stops early leaves nothing behind that hinders others', async () => {
      for (let round = 0; round < 150; round += 1) {
        for await (const event of store().readStream(stream)) {
          expect(event.version).toBe(1);
          break;
        }
      }
      expect(await collect(store().readStream(stream))).toHaveLength(10);
    });
  });

  describe('readAll', () => {
    test('gives the events of a prefix in log order, streams mingled, each as its stream has it', async () => {
      const category = freshCategory();
      const [one, two] = [freshStream(category), freshStream(category)];
      const [a, b, c] = [sampleEvents(2), sampleEvents(1), sampleEvents(2)];
      await store().append(one, a, 0);
      await store().append(two, b, 0);
      await store().append(one, c, 2);
      const log = await collect(store().readAll({ prefixes: [`${category}-`] }));
      expect(idsOf(log)).toEqual(idsOf([...a, ...b, ...c]));
      expectAscending(log);
      const streams = [...(await collect(store().readStream(one))), ...(await collect(store().readStream(two)))];
      expect(log.toSorted(byStreamAndVersion)).toEqual(streams.toSorted(byStreamAndVersion));
    });

    test('reads strictly after a position', async () => {
      const category = freshCategory();
      const prefixes = [`${category}-`];
      const stream = freshStream(category);
      const first = await store().append(stream, sampleEvents(2), 0);
      const last = await store().append(stream, sampleEvents(2), 2);
      const after = await collect(store().readAll({ after: first.position, prefixes }));
      expect(after.map((event) => event.version)).toEqual([3, 4]);
      expect(await collect(store().readAll({ after: last.position, prefixes }))).toEqual([]);
    });

    test('a walk in steps of a limit visits every event once', async () => {
      const category = freshCategory();
      await store().append(freshStream(category), sampleEvents(10), 0);
      const versions: number[] = [];
      let after: Position | undefined;
      for (;;) {
        const bound = after === undefined ? {} : { after };
        const step = await collect(store().readAll({ ...bound, prefixes: [`${category}-`], limit: 3 }));
        versions.push(...step.map((event) => event.version));
        after = step.at(-1)?.position;
        if (after === undefined) {
          break;
        }
      }
      expect(versions).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    });

    test('a prefix admits exactly the names that begin with it, each event once', async () => {
      const category = freshCategory();
      const longer = `${category}x`;
      const [short, long] = [freshStream(category), freshStream(longer)];
      await store().append(short, sampleEvents(1), 0);
      await store().append(long, sampleEvents(1), 0);
      await store().append(freshStream(), sampleEvents(1), 0);
      const streamsOf = async (prefixes: string[]) =>
        (await collect(store().readAll({ prefixes }))).map((event) => event.stream);
      expect(await streamsOf([`${category}-`])).toEqual([short]);
      expect(await streamsOf([category])).toEqual([short, long]);
      expect(await streamsOf([`${longer}-`, `${category}-`])).toEqual([short, long]);
      expect(await streamsOf([category, longer, short])).toEqual([short, long]);
      expect(await streamsOf([short])).toEqual([short]);
      expect(await streamsOf([`${category.slice(0, -1)}_`])).toEqual([]);
      expect(await streamsOf([`${category}%`, `${category}.*`, `^${category}`, category.toUpperCase()])).toEqual([]);
      expect(await streamsOf([])).toEqual([]);
    });

    test('without prefixes it holds what was just written, and a limit holds', async () => {
      const before = await store().head();
      const bound = before === undefined ? {} : { after: before };
      const events = sampleEvents(3);
      await store().append(freshStream(), events, 0);
      const ids = idsOf(await collect(store().readAll(bound)));
      expect(ids.filter((id) => idsOf(events).includes(id))).toEqual(idsOf(events));
      expect(await collect(store().readAll({ ...bound, limit: 2 }))).toHaveLength(2);
      expect(await collect(store().readAll({ limit: 0 }))).toEqual([]);
    });

    test('a read of many pages while others write gives each earlier event once, in order', async () => {
      const category = freshCategory();
      const stream = freshStream(category);
      for (let version = 0; version < MANY_EVENTS; version += 500) {
        await store().append(stream, sampleEvents(500, version + 1), version);
      }
      const seen: StoredEvent[] = [];
      const writes: Promise<unknown>[] = [];
      for await (const event of store().readAll({ prefixes: [`${category}-`] })) {
        seen.push(event);
        if (seen.length <= MANY_EVENTS && seen.length % 250 === 0) {
          writes.push(store().append(freshStream(category), sampleEvents(1), 0));
        }
      }
      await Promise.all(writes);
      expectAscending(seen);
      const earlier = seen.filter((event) => event.stream === stream);
      expect(earlier.map((event) => event.version)).toEqual(Array.from({ length: MANY_EVENTS }, (_, i) => i + 1));
    });

    test('a position of the wrong form, a bad limit and bad prefixes are refused', async () => {
      const forged = 'no position' as Position;
      await expect(collect(store().readAll({ after: forged }))).rejects.toBeInstanceOf(TypeError);
      await expect(collect(store().readAll({ limit: -1 }))).rejects.toBeInstanceOf(TypeError);
      await expect(collect(store().readAll({ prefixes: [''] }))).rejects.toBeInstanceOf(TypeError);
      await expect(store().head([''])).rejects.toBeInstanceOf(TypeError);
    });
  });

  describe('head', () => {
    test('is the position of the last event of the prefixes, whatever else was written since', async () => {
      const category = freshCategory();
      expect(await store().head([`${category}-`])).toBeUndefined();
      await store().append(freshStream(category), sampleEvents(2), 0);
      const last = await store().append(freshStream(category), sampleEvents(2), 0);
      await store().append(freshStream(), sampleEvents(2), 0);
      expect(await store().head([`${category}-`])).toBe(last.position);
      expect(await store().head([`${freshCategory()}-`, `${category}-`])).toBe(last.position);
      expect(await store().head([])).toBeUndefined();
    });

    test('of the whole log is at or after every acknowledged append', async () => {
      const last = await store().append(freshStream(), sampleEvents(1), 0);
      const head = await store().head();
      expect(head).toBeDefined();
      expect(store().comparePositions(head ?? last.position, last.position)).toBeGreaterThanOrEqual(0);
    });
  });

  describe('positions', () => {
    test('compare in log order, also where their texts would not', async () => {
      const positions: Position[] = [];
      for (let round = 0; round < 30; round += 1) {
        positions.push((await store().append(freshStream(), sampleEvents(5), 0)).position);
      }
      positions.slice(1).forEach((later, index) => {
        const earlier = positions[index] ?? later;
        expect(store().comparePositions(earlier, later)).toBeLessThan(0);
        expect(store().comparePositions(later, earlier)).toBeGreaterThan(0);
        expect(store().comparePositions(later, later)).toBe(0);
      });
      expect(positions.toReversed().sort((a, b) => store().comparePositions(a, b))).toEqual(positions);
    });

    test('are told from other texts', async () => {
      const { position } = await store().append(freshStream(), sampleEvents(1), 0);
      expect(store().isPosition(position)).toBe(true);
      const others = ['', ' ', 'x', '-1', '1.5', '1e3', 'NaN', 'null', '\u0000', '١٢', '１', randomUUID()];
      others.push(` ${position}`, `${position} `, `${position}\n`, `-${position}`, `${position}x`, '9'.repeat(400));
      expect(others.filter((text) => store().isPosition(text))).toEqual([]);
    });
  });
}

function expectAscending(events: readonly StoredEvent[]): void {
  const places = new Map<string, number>();
  for (const event of events) {
    expect(event.version).toBe((places.get(event.stream) ?? 0) + 1);
    places.set(event.stream, event.version);
  }
}

function byStreamAndVersion(a: StoredEvent, b: StoredEvent): number {
  return a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : a.version - b.version;
}
