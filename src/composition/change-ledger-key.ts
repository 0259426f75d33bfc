import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { knownLogId } from '../application/open-log';
import type { Config } from '../config';
import { LOG_FILE } from '../event-store/sqlite/sqlite-event-store';
import { originOf } from '../ledger/checkpoint-stream';
import { type LedgerKey, LedgerKeyMissing, replaceLostLedgerKeys, rotateLedgerKey } from '../ledger/ledger-keys';
import { openLogWithTree } from './log-with-tree';

/**
 * Adds a ledger key. Where every key file is lost, and the operator says so, the log itself tells whose key it has to
 * be, while no server has it open.
 *
 * @throws LedgerKeyMissing KeyFileUnusable StoreUnavailable DataDirectoryLocked
 */
export async function changeLedgerKey(config: Config, oldKeyLost: boolean, log: Logger): Promise<LedgerKey> {
  try {
    return rotateLedgerKey(config.keysDirectory, oldKeyLost);
  } catch (error) {
    if (!(error instanceof LedgerKeyMissing) || !oldKeyLost || !hasLog(config)) throw error;
    const { store, close } = await openLogWithTree(config, log);
    try {
      const logId = await knownLogId(store);
      if (logId === undefined) throw error;
      return replaceLostLedgerKeys(config.keysDirectory, originOf(logId));
    } finally {
      await close();
    }
  }
}

/** A command that looks into the wrong directory must not begin a log there. */
function hasLog({ eventStore, dataDirectory }: Config): boolean {
  return eventStore.kind !== 'embedded' || existsSync(join(dataDirectory, LOG_FILE));
}
