/**
 * A program that appends to a log with a tree until it is killed.
 *
 *   ledger-storm.child.ts <data directory>
 *
 * It prints a line for each append that was answered.
 */
import { writeSync } from 'node:fs';
import { collect } from '../../support/event-store-samples';
import { factsOf, openLogWithTree, uuidOf } from './log-with-tree';

const WRITERS = 6;

async function main(directory: string): Promise<void> {
  const { store } = openLogWithTree(directory);
  const work = Array.from({ length: WRITERS }, async (_, writer) => {
    const stream = `${writer === 0 ? 'ledger' : 'subject'}-${uuidOf(`writer ${writer}`)}`;
    const [last] = await collect(store.readStream(stream, { backwards: true, limit: 1 }));
    for (let seen = last?.version ?? 0; ; ) {
      seen = (await store.append(stream, factsOf(stream, seen, 1 + (seen % 5)), seen)).version;
      writeSync(1, `${stream} ${seen}\n`);
    }
  });
  await Promise.all(work);
}

main(process.argv[2] ?? '').catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
