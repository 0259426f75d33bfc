import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { StoredEvent } from '../../src/event-store/event-store';
import { parseCheckpoint, parseNote, parseVerifierKey, signersOf } from '../../src/ledger/checkpoint-note';
import { guardedBy, type LedgerPace } from '../../src/ledger/ledger';
import { exportLedgerKeys, rotateLedgerKey } from '../../src/ledger/ledger-keys';
import { consistencyProof, rootOf } from '../../src/ledger/merkle-tree';
import { LEAST_BETWEEN_MS } from '../../src/ledger/signing-turns';
import { openLedgerFile } from '../../src/ledger/sqlite/ledger-file';
import { verifyConsistency } from '../../src/ledger/verify-proof';
import { emptyDirectories } from '../support/sqlite-log-files';
import { factsOf, hex, LEAF_PREFIXES, treeOfLog, uuidOf } from './support/log-with-tree';
import { LOG_ID, openFollowingLedger, openTestLedger, type TestLedger, until } from './support/test-ledger';

const STREAM = `policy-${uuidOf('policy')}`;

/** Who signed a checkpoint, by the place of their keys among those that are exported. */
function generationsOf({ data }: StoredEvent, { keys }: TestLedger): number[] {
  const note = parseNote(String(data.note));
  return exportLedgerKeys(keys)
    .filter(({ verifierKey }) => signersOf(note, [parseVerifierKey(verifierKey)]).length === 1)
    .map(({ generation }) => generation);
}

describe('checkpoints', () => {
  const emptyDirectory = emptyDirectories();
  const open: TestLedger[] = [];
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
  });
  async function opened(directory = emptyDirectory(), pace: Partial<LedgerPace> = {}): Promise<TestLedger> {
    const ledger = await openTestLedger(directory, pace);
    open.push(ledger);
    return ledger;
  }
  async function append({ store }: TestLedger, seen: number, count: number): Promise<void> {
    await store.append(STREAM, factsOf(STREAM, seen, count), seen);
  }
  /** Past the time in which the newest checkpoint is good enough. */
  const pass = ({ clock }: TestLedger) => {
    clock.nowMs += LEAST_BETWEEN_MS;
  };

  test('there is none while the tree has no leaf', async () => {
    const { ledger, checkpoints } = await opened();
    expect(await ledger.checkpoint()).toBeUndefined();
    expect(await ledger.covering(1)).toBeUndefined();
    expect(await checkpoints()).toEqual([]);
  });

  test('the first is a note over the whole log, signed by a key made at the start, and is no leaf', async () => {
    const node = await opened();
    await append(node, 0, 300);
    const checkpoint = await node.ledger.checkpoint();
    const { tree } = await treeOfLog(node.store);
    expect(checkpoint).toMatchObject({ origin: `samtykke/${LOG_ID}`, size: 300, version: 1 });
    expect(hex(checkpoint?.root ?? new Uint8Array())).toBe(hex(rootOf(tree, 300)));
    const note = parseNote(checkpoint?.note ?? '');
    const [exported] = exportLedgerKeys(node.keys);
    expect(signersOf(note, [parseVerifierKey(exported?.verifierKey ?? '')])).toHaveLength(1);
    expect(parseCheckpoint(note.text).size).toBe(300);
    expect(node.tree.size()).toBe(300);
    expect(node.ledger.state()).toMatchObject({ phase: 'SOUND', size: 300, signed: 300 });
  });

  test('one is signed for a size, however many ask, and however often', async () => {
    const node = await opened();
    await append(node, 0, 3);
    const answers = await Promise.all(Array.from({ length: 20 }, () => node.ledger.checkpoint()));
    pass(node);
    answers.push(await node.ledger.checkpoint(), await node.ledger.covering(3));
    expect(new Set(answers.map((answer) => answer?.note)).size).toBe(1);
    expect(await node.checkpoints()).toHaveLength(1);
  });

  test('a new one is made for whoever asks once the log has grown, but not more often than once a second', async () => {
    const node = await opened();
    await append(node, 0, 3);
    await node.ledger.checkpoint();
    await append(node, 3, 2);
    expect((await node.ledger.checkpoint())?.size).toBe(3);
    pass(node);
    expect((await node.ledger.checkpoint())?.size).toBe(5);
    const [first, second] = await node.checkpoints();
    expect([first?.data.size, second?.data.size]).toEqual([3, 5]);
    const roots = [first, second].map((event) => Buffer.from(String(event?.data.rootHash), 'base64'));
    const [fromRoot = Buffer.of(), toRoot = Buffer.of()] = roots;
    const hashes = consistencyProof(node.tree, 3, 5);
    expect(verifyConsistency({ from: 3, to: 5, fromRoot, toRoot, hashes })).toBe(true);
  });

  test('the one that covers a size is the first that does, made where there is none', async () => {
    const node = await opened();
    for (const [round, size] of [2, 5, 9, 14].entries()) {
      await append(node, [0, 2, 5, 9][round] ?? 0, size - ([0, 2, 5, 9][round] ?? 0));
      await node.ledger.covering(size);
      pass(node);
    }
    const covering = async (size: number) => (await node.ledger.covering(size))?.size;
    expect(await Promise.all([1, 2, 3, 5, 6, 9, 10, 14].map(covering))).toEqual([2, 2, 5, 5, 9, 9, 14, 14]);
    await append(node, 14, 1);
    expect(await covering(15)).toBe(15);
    expect(await covering(16)).toBeUndefined();
    expect((await node.checkpoints()).map(({ data }) => data.size)).toEqual([2, 5, 9, 14, 15]);
  });

  test('are signed without being asked for, after so many leaves, after so long, and at the end', async () => {
    const directory = emptyDirectory();
    const node = await opened(directory, { everyLeaves: 10, everyMs: 5_000 });
    await append(node, 0, 1);
    node.ledger.start();
    await until(async () => (await node.checkpoints()).length === 1);
    await append(node, 1, 10);
    await until(async () => (await node.checkpoints()).length === 2);
    await append(node, 11, 1);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await node.checkpoints()).toHaveLength(2);
    node.clock.nowMs += 5_000;
    await until(async () => (await node.checkpoints()).length === 3);
    await append(node, 12, 1);
    await node.close();
    open.splice(0);
    const again = await opened(directory);
    expect((await again.checkpoints()).map(({ data }) => data.size)).toEqual([1, 11, 12, 13]);
  });

  test('a key that was changed signs the same checkpoint with the one before, and then alone', async () => {
    const directory = emptyDirectory();
    const node = await opened(directory);
    await append(node, 0, 3);
    await node.ledger.checkpoint();
    rotateLedgerKey(node.keys);
    node.ledger.start();
    await until(async () => (await node.checkpoints()).length === 2);
    await append(node, 3, 1);
    pass(node);
    await node.ledger.checkpoint();
    const made = await node.checkpoints();
    expect(made.map(({ data }) => data.size)).toEqual([3, 3, 4]);
    expect(made.map((event) => generationsOf(event, node))).toEqual([[1], [1, 2], [2]]);
    const [before, both] = made.map(({ data }) => parseNote(String(data.note)));
    expect(both?.text).toBe(before?.text);
  });

  test('two keys changed in a row leave no gap in who vouches for whom', async () => {
    const node = await opened();
    await append(node, 0, 1);
    await node.ledger.checkpoint();
    rotateLedgerKey(node.keys);
    rotateLedgerKey(node.keys);
    pass(node);
    await node.ledger.checkpoint();
    const made = await node.checkpoints();
    expect(made.map((event) => generationsOf(event, node))).toEqual([[1], [1, 3]]);
  });

  test('nothing is signed nor written without the key before, until it is back', async () => {
    const directory = emptyDirectory();
    const first = await opened(directory);
    await append(first, 0, 3);
    await first.ledger.checkpoint();
    await first.close();
    open.splice(0);
    const key = join(directory, 'keys', 'ledger-1.key');
    renameSync(key, `${key}.away`);
    const node = await opened(directory);
    expect(node.ledger.state()).toMatchObject({
      phase: 'KEY_UNKNOWN',
      reason: expect.stringContaining('Put its file back'),
    });
    const guarded = guardedBy(node.store, node.ledger);
    await expect(guarded.append(STREAM, factsOf(STREAM, 3, 1), 3)).rejects.toMatchObject({
      code: 'LEDGER_KEY_UNKNOWN',
    });
    await expect(node.ledger.checkpoint()).rejects.toMatchObject({ code: 'LEDGER_KEY_UNKNOWN' });
    expect((await guarded.readStream(STREAM)[Symbol.asyncIterator]().next()).done).toBe(false);
    node.ledger.start();
    renameSync(`${key}.away`, key);
    await until(() => node.ledger.state().phase === 'SOUND');
    await guarded.append(STREAM, factsOf(STREAM, 3, 1), 3);
    pass(node);
    expect((await node.ledger.checkpoint())?.size).toBe(4);
  });

  test('a key that is lost for ever is replaced by one that says so', async () => {
    const directory = emptyDirectory();
    const first = await opened(directory);
    await append(first, 0, 3);
    await first.ledger.checkpoint();
    rotateLedgerKey(join(directory, 'keys'), true);
    rmSync(join(directory, 'keys', 'ledger-1.key'));
    await first.close();
    open.splice(0);
    const node = await opened(directory);
    expect(node.ledger.state().phase).toBe('SOUND');
    expect(await node.ledger.checkpoint()).toMatchObject({ version: 2, size: 3, replacesLost: true });
    await append(node, 3, 1);
    pass(node);
    expect(await node.ledger.checkpoint()).toMatchObject({ version: 3, size: 4, replacesLost: false });
  });

  test('nodes that sign at the same time sign one history', async () => {
    const node = await opened();
    await append(node, 0, 1);
    const nodes = await Promise.all(
      [1, 2, 3, 4].map(async () => {
        const file = openLedgerFile(':memory:', LEAF_PREFIXES);
        const other = await openFollowingLedger(node.store, file.tree, node.keys, { everyLeaves: 1, lookMs: 1 });
        other.ledger.start();
        return { ...other, close: () => other.close().then(file.close) };
      }),
    );
    for (let seen = 1; seen < 60; seen += 1) {
      await append(node, seen, 1);
      for (const each of nodes) pass(each);
      if (seen % 7 === 0) await Promise.all(nodes.map(({ ledger }) => ledger.checkpoint()));
    }
    for (const each of nodes) await each.close();
    const made = await node.checkpoints();
    const { tree } = await treeOfLog(node.store);
    expect(made.length).toBeGreaterThan(8);
    for (const [index, { data }] of made.entries()) {
      expect(Buffer.from(String(data.rootHash), 'base64').toString('hex')).toBe(hex(rootOf(tree, Number(data.size))));
      expect(Number(data.size)).toBeGreaterThan(Number(made[index - 1]?.data.size ?? 0));
    }
    expect(nodes.map(({ ledger }) => ledger.state().phase)).toEqual(nodes.map(() => 'SOUND'));
  });
});
