/**
 * A program that appends until it is killed, and tells its parent of each answer.
 *
 *   append-storm.child.ts <data directory> <writers> <most appends a writer, 0 for no end>
 *
 * Lines on standard output: `open`, then `<stream> <version>` for each acknowledged append. Writer and version decide
 * stream, id and data of an event, so that the parent can tell whether it was ever sent.
 */
import { writeSync } from 'node:fs';
import type { EventStore } from '../../src/event-store/event-store';
import { openSqliteEventStore } from '../../src/event-store/sqlite/sqlite-event-store';
import { stormEvents, stormStream } from './append-storm';
import { collect } from './event-store-samples';

async function main(directory: string, writers: number, most: number): Promise<void> {
  const store = openSqliteEventStore({ directory, clock: Date.now });
  tell('open');
  const work = Array.from({ length: writers }, async (_, writer) => {
    const stream = stormStream(writer);
    const [last] = await collect(store.readStream(stream, { backwards: true, limit: 1 }));
    let version = last?.version ?? 0;
    await sendLastAgain(store, writer, version);
    for (let count = 0; most === 0 || count < most; count += 1) {
      const events = stormEvents(writer, version);
      version = (await store.append(stream, events, version)).version;
      tell(`${stream} ${version}`);
    }
  });
  await Promise.all(work);
  await store.close();
}

/** As a writer does whose answer was lost with the process before: it must be answered and write nothing. */
async function sendLastAgain(store: EventStore, writer: number, version: number): Promise<void> {
  let before = 0;
  let after = 0;
  while (after < version) {
    before = after;
    after = before + stormEvents(writer, before).length;
  }
  if (version > 0) {
    const answer = await store.append(stormStream(writer), stormEvents(writer, before), before);
    if (answer.version !== version) {
      throw new Error(`The last append ended at ${answer.version}, not at ${version}.`);
    }
  }
}

/** At once and in whole lines: what was told before a kill has arrived. */
function tell(line: string): void {
  writeSync(1, `${line}\n`);
}

const [directory = '', writers = '1', most = '0'] = process.argv.slice(2);
main(directory, Number(writers), Number(most)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
