import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { LedgerPace } from '../../src/ledger/ledger';
import { emptyDirectories } from '../support/sqlite-log-files';
import { fill } from './support/filled-log';
import { openTestLedger, until } from './support/test-ledger';

describe('the scrub', () => {
  const emptyDirectory = emptyDirectories();
  const QUICK: Partial<LedgerPace> = { scrub: { pauseMs: 0, restMs: 3_600_000, keepMs: 0 } };

  test('says how far it has come, goes on there after a restart, and says when it was through', async () => {
    const directory = emptyDirectory();
    const first = await openTestLedger(directory, { scrub: { pauseMs: 20, restMs: 3_600_000, keepMs: 0 } });
    await fill(first.store, 2_000);
    await first.ledger.checkpoint();
    first.ledger.start();
    await until(() => first.ledger.state().scrub.leaves >= 512);
    await first.close();
    const { leaves } = first.ledger.state().scrub;
    expect(leaves).toBeLessThan(6_000);
    const second = await openTestLedger(directory, QUICK);
    expect(second.ledger.state().scrub).toEqual({ leaves, wholeAt: undefined });
    second.ledger.start();
    await until(() => second.ledger.state().scrub.wholeAt !== undefined);
    await until(() => second.ledger.state().scrub.leaves === 6_000);
    expect(second.ledger.state()).toMatchObject({ phase: 'SOUND' });
    await second.close();
  });

  test('finds an event that the start happened not to look at, and stops the writing', async () => {
    await findsAltered(0);
  });

  test('looks once more at what it had checked before a restart, without a rest', async () => {
    await findsAltered(7_000);
  });

  /** Alters an event of 7,500 after so many had been checked; the start looks at 1,000, mostly somewhere else. */
  async function findsAltered(scrubbed: number): Promise<void> {
    const directory = emptyDirectory();
    const first = await openTestLedger(directory);
    await fill(first.store, 2_500);
    await first.ledger.checkpoint();
    await first.close();
    for (let attempt = 0; ; attempt += 1) {
      const stopped = await openTestLedger(directory);
      stopped.tree.keepScrubbed(scrubbed);
      await stopped.close();
      const position = 3_333 + 4 * attempt;
      const before = replaced(directory, position, '{}');
      const node = await openTestLedger(directory, QUICK);
      const isMissed = node.ledger.state().phase === 'SOUND';
      if (isMissed) {
        node.ledger.start();
        await until(() => node.ledger.state().phase === 'DIVERGED');
        expect(node.ledger.state().reason).toMatch(new RegExp(`^EVENT_ALTERED: .*position ${position} `));
      }
      await node.close();
      if (isMissed) return;
      replaced(directory, position, before);
    }
  }

  test('finds an early checkpoint that was altered', async () => {
    const directory = emptyDirectory();
    const first = await openTestLedger(directory);
    for (let round = 0; round < 5; round += 1) {
      await fill(first.store, 1);
      first.clock.nowMs += 5_000;
      await first.ledger.checkpoint();
    }
    await first.close();
    const database = new Database(join(directory, 'data', 'events.db'));
    database.exec(`UPDATE events SET data = replace(data, 'samtykke/', 'samtykkE/') WHERE position = 10`);
    database.close();
    const node = await openTestLedger(directory, QUICK);
    expect(node.ledger.state().phase).toBe('SOUND');
    node.ledger.start();
    await until(() => node.ledger.state().phase === 'DIVERGED');
    expect(node.ledger.state().reason).toMatch(/^CHECKPOINT_ALTERED: Checkpoint 2 /);
    await node.close();
  });
});

/** Alters an event and writes the leaf that it has now over the one that it had. */
/** Answers what stood there. */
function replaced(directory: string, position: number, data: string): string {
  const database = new Database(join(directory, 'data', 'events.db'));
  const read = database.prepare<[number], string>('SELECT data FROM events WHERE position = ?').pluck();
  const before = read.get(position) ?? '';
  database.prepare('UPDATE events SET data = ? WHERE position = ?').run(data, position);
  database.close();
  return before;
}
