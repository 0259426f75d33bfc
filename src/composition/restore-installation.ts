import { existsSync } from 'node:fs';
import { knownLogId } from '../application/open-log';
import type { Config } from '../config';
import { restoreLog } from '../event-store/sqlite/restore-log';
import { LOG_FILE, openSqliteEventStore } from '../event-store/sqlite/sqlite-event-store';
import { KeyFileUnusable } from '../key-files';
import { LedgerDiverged } from '../ledger/ledger-faults';
import { noteRestoredLog } from '../ledger/noted-checkpoint';
import { restoreVault } from '../vault/sqlite/vault-backup';

/**
 * Puts a backup into place and answers what the operator should know. A vault that is there stays: it may know of
 * erasures that its copy does not, and the start tells whose it is.
 *
 * @throws LogExists BackupMissing StoreUnavailable DataDirectoryLocked
 */
export async function restoreInstallation(config: Config, directory: string): Promise<readonly string[]> {
  const lines: string[] = [];
  if (config.eventStore.kind === 'embedded') {
    restoreLog(directory, config.dataDirectory, LOG_FILE);
    lines.push(...(await takeForNewest(config)));
    if (existsSync(config.vaultFile)) return ['Restored the log. The vault that is there was kept.', ...lines];
  }
  restoreVault(directory, config.vaultFile);
  return [
    `Restored into ${config.dataDirectory}.`,
    'Key files are not part of a backup; put yours in place; if the log went on after the backup, without ' +
      'the checkpoint noted there (docs/ledger.md, Backups).',
    ...lines,
  ];
}

/** Whoever restores a log on purpose gives up what was signed after its backup; it is said how much that is. */
async function takeForNewest({ dataDirectory, keysDirectory }: Config): Promise<readonly string[]> {
  const store = openSqliteEventStore({ directory: dataDirectory, clock: Date.now });
  try {
    const logId = await knownLogId(store);
    const given = logId === undefined ? undefined : await noteRestoredLog(store, logId, keysDirectory);
    if (given === undefined) return [];
    return [
      `WARNING: a checkpoint over ${given.from} events was noted beside the keys; the newest of the restored log is ` +
        `over ${given.to}. What was signed between them is given up, and the note was set back. ` +
        'Tell whoever may hold a later checkpoint.',
    ];
  } catch (error) {
    // The log is in place; what is wrong with it, or with the note, is for the start to tell.
    if (!(error instanceof LedgerDiverged || error instanceof KeyFileUnusable)) throw error;
    return [`WARNING: the checkpoint noted beside the keys was left as it is. ${error.message}`];
  } finally {
    await store.close();
  }
}
