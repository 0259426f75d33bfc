import type { EventStore } from '../event-store/event-store';
import type { SqliteEventStore } from '../event-store/sqlite/sqlite-event-store';
import { makeDirectory } from '../make-directory';
import type { Vault } from '../vault/vault';

/**
 * The log first, then the vault: an erasure between the two is then carried out again at the restore (rule E2). Both may
 * be written meanwhile. Answers what the operator should know.
 *
 * @throws BackupExists StoreUnavailable VaultUnavailable, and what the system says of the directory
 */
export async function backUpInstallation(
  store: EventStore,
  vault: Vault,
  directory: string,
): Promise<readonly string[]> {
  const lines: string[] = [];
  makeDirectory(directory);
  if (isSqlite(store)) {
    const { position } = await store.backup(directory);
    lines.push(`Log up to position ${position ?? 'none'}.`);
  } else {
    lines.push('The log is in EventStoreDB: back it up with its own tools, before this.');
  }
  await vault.backup(directory);
  return [...lines, 'Vault without its keys: keep a copy of the keys directory elsewhere.'];
}

function isSqlite(store: EventStore): store is SqliteEventStore {
  return 'backup' in store;
}
