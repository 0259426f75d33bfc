import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { openEventStoreDb } from '../../src/event-store/eventstoredb/open-event-store-db';
import { guardedBy, type LedgerPace } from '../../src/ledger/ledger';
import { openLedgerFile } from '../../src/ledger/sqlite/ledger-file';
import { type EventStoreDbDouble, openEventStoreDbDouble } from '../support/eventstoredb-double';
import type { DoubleRecord } from '../support/eventstoredb-double-log';
import { emptyDirectories } from '../support/sqlite-log-files';
import { factsOf, LEAF_PREFIXES, uuidOf } from './support/log-with-tree';
import { LEDGER_STREAM, openFollowingLedger, STILL, type TestLedger, until } from './support/test-ledger';

const STREAM = `subject-${uuidOf('a')}`;
const OTHER = `policy-${uuidOf('b')}`;
const ROUNDS = 15;
const AT_ONCE: Partial<LedgerPace> = { ...STILL, scrub: { pauseMs: 0, restMs: 3_600_000, keepMs: 0 } };

describe('a log on EventStoreDB that was rewritten by whoever can reach its disk', () => {
  const emptyDirectory = emptyDirectories();
  const closing: (() => Promise<unknown>)[] = [];
  let double: EventStoreDbDouble;
  beforeEach(async () => {
    double = await openEventStoreDbDouble();
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    await double.close();
  });

  async function opened(directory: string): Promise<TestLedger> {
    const store = await openEventStoreDb({ url: double.url });
    const file = openLedgerFile(join(directory, 'ledger.db'), LEAF_PREFIXES);
    const node = await openFollowingLedger(store, file.tree, join(directory, 'keys'), AT_ONCE);
    const close = async () => {
      await node.close();
      await store.close();
      file.close();
    };
    closing.push(close);
    return { ...node, close };
  }

  /** A log of two streams by turns with a checkpoint in the middle and one at the end. */
  async function closedLog(): Promise<string> {
    const directory = emptyDirectory();
    const node = await opened(directory);
    node.ledger.start();
    for (let version = 0; version < ROUNDS; version += 1) {
      for (const stream of [STREAM, OTHER]) await node.store.append(stream, factsOf(stream, version, 1), version);
      if (version === 9) {
        await until(() => node.tree.size() === 20);
        node.clock.nowMs += 5_000;
        await node.ledger.checkpoint();
      }
    }
    await until(() => node.tree.size() === 2 * ROUNDS);
    await closing.pop()?.();
    return directory;
  }

  const leaves = () => double.log.records.filter(({ stream }) => [STREAM, OTHER].includes(stream));
  const placed = (index: number) => double.log.records.indexOf(leaves()[index] as DoubleRecord);
  const alter = (index: number, change: Partial<DoubleRecord>) => {
    Object.assign(leaves()[index] ?? {}, change);
  };

  test.each<[string, string, number, () => void]>([
    ['an event says something else', 'EVENT_ALTERED', 7, () => alter(7, { data: Buffer.from('{"version":99}') })],
    ['an event is somebody else’s', 'EVENT_ALTERED', 7, () => alter(7, { metadata: Buffer.from('{"actor":"x"}') })],
    ['an event was recorded at another time', 'EVENT_ALTERED', 7, () => alter(7, { createdMs: 1_000 })],
    ['an event between the checkpoints is another', 'EVENT_ALTERED', 25, () => alter(25, { data: Buffer.from('{}') })],
    ['an event is gone', 'EVENT_MISSING', 7, () => void double.log.records.splice(placed(7), 1)],
    [
      'two events have changed places',
      'EVENT_ALTERED',
      7,
      () => {
        const [first, second] = [leaves()[7], leaves()[8]] as [DoubleRecord, DoubleRecord];
        const [here, there] = [{ ...first }, { ...second }];
        Object.assign(first, there, { position: here.position });
        Object.assign(second, here, { position: there.position });
      },
    ],
    ['its end is gone', 'LOG_SHORTER', 26, () => void double.log.records.splice(placed(26))],
  ])('is found at the next start where %s', async (_, divergence, index, rewrite) => {
    const directory = await closedLog();
    const at = leaves()[index]?.position;
    rewrite();
    const { ledger, store, checkpoints } = await opened(directory);
    expect(ledger.state()).toMatchObject({
      phase: 'DIVERGED',
      divergence,
      reason: expect.stringMatching(new RegExp(`^${divergence}: .*position ${at}\\b`)),
    });
    const append = guardedBy(store, ledger).append(`policy-${uuidOf('c')}`, factsOf('c', 0, 1), 0);
    await expect(append).rejects.toMatchObject({ code: 'LEDGER_DIVERGED' });
    expect(await checkpoints()).not.toEqual([]);
  });

  test.each<[string, () => void]>([
    ['a part of it', () => void double.log.records.splice(placed(15), placed(2 * ROUNDS - 1) - placed(15))],
    ['its end', () => void double.log.records.splice(placed(15))],
  ])('is found at the next start where %s is gone, and the tree of the node as well', async (_, rewrite) => {
    const directory = await closedLog();
    rewrite();
    rmSync(join(directory, 'ledger.db'));
    const { ledger } = await opened(directory);
    expect(ledger.state()).toMatchObject({ phase: 'DIVERGED', divergence: 'LOG_SHORTER' });
  });

  test('is found at the next start where the last checkpoint was altered', async () => {
    const directory = await closedLog();
    const checkpoint = double.log.records.filter(({ stream }) => stream === LEDGER_STREAM).at(-1);
    const text = Buffer.from(checkpoint?.data ?? []).toString();
    Object.assign(checkpoint ?? {}, { data: Buffer.from(text.replace(/\\n\d+\\n/, '\\n7\\n')) });
    const { ledger } = await opened(directory);
    expect(ledger.state()).toMatchObject({ phase: 'DIVERGED', divergence: 'CHECKPOINT_ALTERED' });
  });

  test.each<[string, () => void]>([
    ['the newest checkpoint is gone', () => double.log.loseNewest(LEDGER_STREAM)],
    [
      'every checkpoint is gone',
      () => {
        while (double.log.visible(LEDGER_STREAM).length > 0) double.log.loseNewest(LEDGER_STREAM);
      },
    ],
  ])('is found at the next start where %s, and the tree of the node is gone as well', async (_, rewrite) => {
    const directory = await closedLog();
    rewrite();
    rmSync(join(directory, 'ledger.db'));
    const { ledger, store } = await opened(directory);
    expect(ledger.state()).toMatchObject({ phase: 'DIVERGED', divergence: 'CHECKPOINT_MISSING' });
    const append = guardedBy(store, ledger).append(`policy-${uuidOf('c')}`, factsOf('c', 0, 1), 0);
    await expect(append).rejects.toMatchObject({ code: 'LEDGER_DIVERGED' });
  });

  test('and is sound where nobody did, with its tree or without', async () => {
    const directory = await closedLog();
    expect((await opened(directory)).ledger.state()).toMatchObject({ phase: 'SOUND', size: 2 * ROUNDS });
    const fresh = openLedgerFile(':memory:', LEAF_PREFIXES);
    closing.push(async () => fresh.close());
    const store = await openEventStoreDb({ url: double.url });
    closing.unshift(() => store.close());
    const other = await openFollowingLedger(store, fresh.tree, join(directory, 'keys'));
    closing.unshift(() => other.close());
    expect(other.ledger.state()).toMatchObject({ phase: 'SOUND', size: 2 * ROUNDS });
  });
});
