import { openSqliteEventStore } from '../../../src/event-store/sqlite/sqlite-event-store';
import { openReadModels } from '../../../src/read-models/sqlite/open-read-models';

/** Follows the log in a directory into a file of read models until it is killed: `follow-log.ts DIRECTORY FILE`. */
function followLog(directory: string, file: string): void {
  const store = openSqliteEventStore({ directory, clock: () => Date.now() });
  const { runner, readModels } = openReadModels({ file, store, nowMs: () => Date.now() });
  runner.onApplied(() => process.stdout.write(`${readModels.applied().n}\n`));
  runner.start();
  setInterval(() => undefined, 1_000);
}

const [directory, file] = process.argv.slice(-2);
if (directory !== undefined && file !== undefined) followLog(directory, file);
