import { cpSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { AppendSink } from '../../src/event-store/append-sink';
import type { EventStore, Position } from '../../src/event-store/event-store';
import { openLogDatabase } from '../../src/event-store/sqlite/log-database';
import { eventStoreOver } from '../../src/event-store/sqlite/sqlite-event-store';
import { addMissingLeaves } from '../../src/ledger/follow-log';
import { type LedgerLeaf, leafAt } from '../../src/ledger/ledger-tree';
import { consistencyProof, inclusionProof, rootOf } from '../../src/ledger/merkle-tree';
import { openLedgerFile } from '../../src/ledger/sqlite/ledger-file';
import { openLedgerTables, type TablesDoor } from '../../src/ledger/sqlite/ledger-tables';
import { verifyConsistency, verifyInclusion } from '../../src/ledger/verify-proof';
import { collect } from '../support/event-store-samples';
import { emptyDirectories } from '../support/sqlite-log-files';
import { randomNumbers } from '../support/synthetic-history';
import {
  expectTreeOfLog,
  factOf,
  factsOf,
  hex,
  LEAF_PREFIXES,
  openLogWithTree,
  treeOfLog,
  uuidOf,
} from './support/log-with-tree';

const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
beforeAll(() => console.info(`Random appends: TEST_SEED=${seed}`));

/** As the release before computed them. */
const GOLDEN_ROOTS = ['c455a03c6ca1c60c', '52dfab7b86e0c6b7', '13c54f34d2483086', '8e052096e6ff0864'];

const STREAMS = ['policy', 'subject', 'subject', 'ledger', 'login'].map(
  (category, n) => `${category}-${uuidOf(`${n}`)}`,
);

/** Appends of random sizes to random streams, some of which come too late or are refused by the sink. */
async function appendAtRandom(store: EventStore, rounds: number, random: (below: number) => number): Promise<void> {
  const versions = new Map<string, number>();
  for (let round = 0; round < rounds; round += 1) {
    const together = Array.from({ length: 1 + random(9) }, () => {
      const stream = STREAMS[random(STREAMS.length)] ?? '';
      const seen = versions.get(stream) ?? 0;
      const count = random(12) === 0 ? 1 + random(300) : 1 + random(4);
      if (random(7) === 0) return store.append(stream, [factOf(stream, seen + 1, 'Unwelcome')], seen);
      if (random(7) === 0) return store.append(stream, factsOf(`${stream} late`, 0, 1), seen + 1);
      versions.set(stream, seen + count);
      return store.append(stream, factsOf(stream, seen, count), seen);
    });
    await Promise.allSettled(together);
    for (const [stream] of versions) {
      const [last] = await collect(store.readStream(stream, { backwards: true, limit: 1 }));
      versions.set(stream, last?.version ?? 0);
    }
  }
}

const refusing = (sink: AppendSink): AppendSink => ({
  ...sink,
  mark: (event) => {
    const mark = sink.mark(event);
    if (event.type === 'Unwelcome') throw new Error('unwelcome');
    return mark;
  },
});

describe('the tree beside the log', () => {
  const emptyDirectory = emptyDirectories();

  test('is that of the log, whatever is appended together, comes too late or is refused, after it is opened again, and after a kill', async () => {
    const random = randomNumbers(seed);
    const directory = emptyDirectory();
    for (let opened = 0; opened < 4; opened += 1) {
      const { store, tree } = openLogWithTree(directory, refusing);
      await expectTreeOfLog({ store, tree });
      await appendAtRandom(store, 25, random);
      await expectTreeOfLog({ store, tree });
      const killed = emptyDirectory();
      for (const name of readdirSync(directory).filter((file) => file.startsWith('events.db'))) {
        cpSync(join(directory, name), join(killed, name));
      }
      await store.close();
      const after = openLogWithTree(killed);
      await expectTreeOfLog(after);
      await after.store.close();
    }
  });

  test('has the root that a tree built anew from the log has, in whatever steps it is built', async () => {
    const { store, tree } = openLogWithTree();
    await appendAtRandom(store, 40, randomNumbers(seed + 1));
    const events = await collect(store.readAll({ prefixes: LEAF_PREFIXES }));
    for (const step of [1, 7, 256, 5_000]) {
      const file = openLedgerFile(':memory:', LEAF_PREFIXES);
      for (let done = 0; done < events.length; done += step) file.tree.extend(events.slice(done, done + step), done);
      expect(hex(rootOf(file.tree, events.length))).toBe(hex(rootOf(tree, tree.size())));
      expect(file.tree.positionOf(events.length - 1)).toBe(tree.positionOf(tree.size() - 1));
      file.tree.clear();
      expect([file.tree.size(), hex(rootOf(file.tree, 0))]).toEqual([0, hex(rootOf(tree, 0))]);
      file.close();
    }
    await store.close();
  });

  test('proves every leaf and every earlier size, below, at and above whole blocks', async () => {
    const { store, tree } = openLogWithTree();
    const [stream = ''] = STREAMS;
    for (const [seen, count] of [
      [0, 255],
      [255, 1],
      [256, 1],
      [257, 600],
      [857, 500],
    ] as const) {
      await store.append(stream, factsOf(stream, seen, count), seen);
    }
    const { tree: expected, events } = await treeOfLog(store);
    const random = randomNumbers(seed + 2);
    for (const size of [
      1,
      2,
      255,
      256,
      257,
      511,
      512,
      513,
      1_024,
      1_357,
      ...Array.from({ length: 20 }, () => 1 + random(1_357)),
    ]) {
      const root = rootOf(tree, size);
      expect(hex(root)).toBe(hex(rootOf(expected, size)));
      const index = random(size);
      const claim = { index, size, root, leafHash: expected.node(0, index), hashes: inclusionProof(tree, index, size) };
      expect(verifyInclusion(claim)).toBe(true);
      const from = 1 + random(size);
      const step = { from, to: size, fromRoot: rootOf(tree, from), toRoot: root };
      expect(verifyConsistency({ ...step, hashes: consistencyProof(tree, from, size) })).toBe(true);
    }
    expect(events).toHaveLength(1_357);
    expect(() => rootOf(tree, 1_358)).toThrow(RangeError);
    expect(() => tree.positionOf(1_357)).toThrow(RangeError);
    expect(() => [...tree.leaves(1_350, 1_358)]).toThrow(RangeError);
    await store.close();
  });

  test('finds the leaf of a position, and none where no leaf stands', async () => {
    const { store, tree } = openLogWithTree();
    await appendAtRandom(store, 10, randomNumbers(seed + 3));
    const { events } = await treeOfLog(store);
    const leaf = (position: Position) => leafAt(tree, position, store.comparePositions);
    expect(events.map(({ position }) => leaf(position))).toEqual(events.map((_, index) => index));
    const all = await collect(store.readAll());
    const others = all.filter(({ stream }) => !LEAF_PREFIXES.some((prefix) => stream.startsWith(prefix)));
    expect(others.length).toBeGreaterThan(0);
    expect(others.map(({ position }) => leaf(position))).toEqual(others.map(() => undefined));
    expect(leaf(String(all.length + 1) as Position)).toBeUndefined();
    await store.close();
  });

  test('forgets what was written in a transaction that did not commit, also where a block was completed in it', async () => {
    let failures = 0;
    let written = 0;
    const failing = (sink: AppendSink): AppendSink => ({
      ...sink,
      written: (place) => {
        sink.written(place);
        written += 1;
        if (failures > 0 && written % 20 === 10) {
          failures -= 1;
          throw new Error('no commit');
        }
      },
    });
    const { store, tree } = openLogWithTree(undefined, failing);
    const [stream = '', other = ''] = STREAMS;
    await store.append(stream, factsOf(stream, 0, 250), 0);
    for (const times of [1, 2, 3]) {
      failures = times;
      const seen = (await collect(store.readStream(other))).length;
      await Promise.allSettled([
        store.append(other, factsOf(other, seen, 20), seen),
        store.append(stream, factsOf(stream, 250, 1), 999),
      ]);
      failures = 0;
      await expectTreeOfLog({ store, tree });
    }
    await store.close();
  });
});

describe('leaves behind the last whole block', () => {
  const emptyDirectory = emptyDirectories();
  const [stream = ''] = STREAMS;

  test('have the root that they had when every append wrote its own', async () => {
    const { store, tree } = openLogWithTree(
      undefined,
      (sink) => sink,
      () => 1_700_000_000_000,
    );
    await store.append(stream, factsOf(stream, 0, 300), 0);
    expect([1, 7, 256, 300].map((size) => hex(rootOf(tree, size)).slice(0, 16))).toEqual(GOLDEN_ROOTS);
    await store.close();
  });

  test('are read on where the block is completed meanwhile', async () => {
    const { store, tree } = openLogWithTree();
    await store.append(stream, factsOf(stream, 0, 250), 0);
    const reading = tree.leaves(0, 250)[Symbol.iterator]();
    const read: { leaf: string; position: Position }[] = [];
    const take = ({ leaf, position }: LedgerLeaf) => void read.push({ leaf: hex(leaf), position });
    for (let count = 0; count < 100; count += 1) take(reading.next().value);
    await store.append(stream, factsOf(stream, 250, 50), 250);
    for (let next = reading.next(); next.done !== true; next = reading.next()) take(next.value);
    expect(read).toEqual([...tree.leaves(0, 250)].map(({ leaf, position }) => ({ leaf: hex(leaf), position })));
    await store.close();
  });

  test('are no row of the tree until the block is whole, or the log is closed', async () => {
    const directory = emptyDirectory();
    const path = join(directory, 'events.db');
    let runs: () => unknown = () => undefined;
    const { store } = openLogWithTree(directory, (sink, door) => {
      const select = door.prepare('SELECT first, length(leaves) / 64 AS count FROM ledger_leaves');
      runs = () => select.all().map(({ first, count }) => [first, count]);
      return sink;
    });
    for (let seen = 0; seen < 255; seen += 1) await store.append(stream, factsOf(stream, seen, 1), seen);
    expect(runs()).toEqual([]);
    await store.append(stream, factsOf(stream, 255, 1), 255);
    expect(runs()).toEqual([[0, 256]]);
    await store.append(stream, factsOf(stream, 256, 600), 256);
    const whole = [0, 256, 512].map((first) => [first, 256]);
    expect(runs()).toEqual(whole);
    await store.close();
    const database = new Database(path);
    const kept = database.prepare('SELECT first, length(leaves) / 64 FROM ledger_leaves').raw().all();
    database.close();
    expect(kept).toEqual([...whole, [768, 88]]);
  });

  test('are there after a log was closed that could not be written to any more', async () => {
    const directory = emptyDirectory();
    const database = openLogDatabase(join(directory, 'events.db'));
    const sink = (door: TablesDoor) => openLedgerTables(door, LEAF_PREFIXES).sink;
    const store = eventStoreOver(database, { clock: Date.now, sink });
    await store.append(stream, factsOf(stream, 0, 20), 0);
    database.pragma('query_only = ON');
    await store.close();
    const again = openLogWithTree(directory);
    await expectTreeOfLog(again);
    expect(again.tree.size()).toBe(20);
    await again.store.close();
  });
});

describe('the file of a tree', () => {
  const emptyDirectory = emptyDirectories();

  test('goes on where it was closed, and forgets nothing of how far it was looked through', async () => {
    const path = join(emptyDirectory(), 'ledger.db');
    const { store } = openLogWithTree();
    const [stream = ''] = STREAMS;
    await store.append(stream, factsOf(stream, 0, 700), 0);
    const events = await collect(store.readAll());
    const first = openLedgerFile(path, LEAF_PREFIXES);
    first.tree.extend(events.slice(0, 300), 0);
    first.tree.keepScrubbed(256);
    first.close();
    const second = openLedgerFile(path, LEAF_PREFIXES);
    expect([second.tree.size(), second.tree.scrubbed()]).toEqual([300, 256]);
    second.tree.extend(events.slice(300), 300);
    expect(hex(rootOf(second.tree, 700))).toBe(hex(rootOf((await treeOfLog(store)).tree, 700)));
    second.close();
    await store.close();
  });

  test('takes leaves from one of two processes that follow the log at the same time', async () => {
    const path = join(emptyDirectory(), 'ledger.db');
    const { store } = openLogWithTree();
    const [stream = ''] = STREAMS;
    await store.append(stream, factsOf(stream, 0, 20), 0);
    const events = await collect(store.readAll());
    const [one, other] = [openLedgerFile(path, LEAF_PREFIXES), openLedgerFile(path, LEAF_PREFIXES)];
    expect([one.tree.size(), other.tree.size()]).toEqual([0, 0]);
    expect(one.tree.extend(events.slice(0, 15), 0)).toBe(true);
    expect(other.tree.extend(events.slice(0, 10), 0)).toBe(false);
    expect(other.tree.size()).toBe(15);
    expect(other.tree.extend(events.slice(15), 15)).toBe(true);
    one.close();
    other.close();
    await store.close();
  });

  test('is whole after two processes have made it anew at the same time', async () => {
    const path = join(emptyDirectory(), 'ledger.db');
    const { store } = openLogWithTree();
    for (let seen = 0; seen < 4_000; seen += 400) await store.append(STREAMS[0] ?? '', factsOf('x', seen, 400), seen);
    const files = [openLedgerFile(path, LEAF_PREFIXES), openLedgerFile(path, LEAF_PREFIXES)];
    const added = await Promise.all(
      files.map(({ tree }) => addMissingLeaves({ store, tree, prefixes: LEAF_PREFIXES, inStep: false })),
    );
    expect(Math.max(...added)).toBe(4_000);
    for (const { tree } of files) await expectTreeOfLog({ store, tree });
    for (const { close } of files) close();
    await store.close();
  });

  test('is emptied for another log, and kept for its own', async () => {
    const file = openLedgerFile(':memory:', LEAF_PREFIXES);
    const { store } = openLogWithTree();
    const [stream = ''] = STREAMS;
    await store.append(stream, factsOf(stream, 0, 3), 0);
    file.tree.claim('one');
    file.tree.extend(await collect(store.readAll()), 0);
    file.tree.claim('one');
    expect(file.tree.size()).toBe(3);
    file.tree.claim('another');
    expect(file.tree.size()).toBe(0);
    file.tree.clear();
    file.tree.claim('another');
    file.close();
    await store.close();
  });

  test('is refused by its code when it is no database', () => {
    const path = join(emptyDirectory(), 'ledger.db');
    writeFileSync(path, 'x'.repeat(10_000));
    expect(() => openLedgerFile(path, LEAF_PREFIXES)).toThrow(expect.objectContaining({ code: 'LEDGER_FILE_UNKNOWN' }));
  });

  test('is refused and left alone when it is of another application', () => {
    const path = join(emptyDirectory(), 'ledger.db');
    new Database(path).exec('CREATE TABLE notes (text)').close();
    expect(() => openLedgerFile(path, LEAF_PREFIXES)).toThrow(expect.objectContaining({ code: 'LEDGER_FILE_UNKNOWN' }));
  });
});
