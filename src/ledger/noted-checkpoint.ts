import type { EventStore } from '../event-store/event-store';
import { KeyFileUnusable, readKeptBesideKeys, removeKeptBesideKeys, replaceKeptBesideKeys } from '../key-files';
import { type Checkpoint, parseCheckpoint, parseNote } from './checkpoint-note';
import { checkpointStream, type SignedCheckpoint } from './checkpoint-stream';
import type { LedgerLog } from './ledger-watch';

/** The newest checkpoint that nodes with this keys directory have seen in the log. */
export interface NotedCheckpoint extends Checkpoint {
  /** Place in its stream, from 1. */
  readonly version: number;
  readonly note: string;
}

/**
 * Remembers the newest checkpoint where whoever can write the log alone cannot: beside the keys. Without it a log that
 * was cut back to an older checkpoint, or lost all of them, could not be told from one that never had more (rule L3).
 */
export interface CheckpointMemory {
  /** @throws KeyFileUnusable what is there cannot be read */
  read(): NotedCheckpoint | undefined;
  /** Notes one that stands in the log, unless a newer one is noted. A directory that takes no file is told of once. */
  keep(checkpoint: SignedCheckpoint): void;
}

const fileName = (logId: string): string => `ledger-${encodeURIComponent(logId)}.checkpoint`;

export function checkpointMemory(directory: string, logId: string, log: LedgerLog): CheckpointMemory {
  let isToldOf = false;
  const read = () => readNotedCheckpoint(directory, logId);

  function keep(checkpoint: SignedCheckpoint): void {
    if ((read()?.version ?? 0) >= checkpoint.version) return;
    try {
      replaceNotedCheckpoint(directory, logId, checkpoint);
    } catch (error) {
      if (!(error instanceof KeyFileUnusable)) throw error;
      // It was signed all the same; the note before is older, and holds as far as it goes.
      if (!isToldOf)
        log('warn', 'The newest checkpoint could not be noted beside the keys.', { reason: error.message });
      isToldOf = true;
    }
  }

  return { read, keep };
}

/** @throws KeyFileUnusable */
function readNotedCheckpoint(directory: string, logId: string): NotedCheckpoint | undefined {
  const content = readKeptBesideKeys(directory, fileName(logId));
  if (content === undefined) return undefined;
  const end = content.indexOf('\n');
  const version = Number(content.slice(0, Math.max(end, 0)));
  const note = content.slice(end + 1);
  try {
    if (!Number.isSafeInteger(version) || version < 1) throw new TypeError('It begins with no number.');
    return { ...parseCheckpoint(parseNote(note).text), version, note };
  } catch (error) {
    throw new KeyFileUnusable(`${fileName(logId)} in the keys directory is not the checkpoint that was noted there`, {
      cause: error,
    });
  }
}

/** Its number, then the note as it was signed. @throws KeyFileUnusable */
function replaceNotedCheckpoint(directory: string, logId: string, { version, note }: SignedCheckpoint): void {
  replaceKeptBesideKeys(directory, fileName(logId), `${version}\n${note}`);
}

/**
 * Makes the newest checkpoint of a log that was restored the one that is noted, where the noted one is not in it.
 *
 * @returns over how many leaves was signed before and now, when something was given up
 * @throws LedgerDiverged KeyFileUnusable StoreUnavailable
 */
export async function noteRestoredLog(
  store: EventStore,
  logId: string,
  directory: string,
): Promise<{ readonly from: number; readonly to: number } | undefined> {
  const noted = readNotedCheckpoint(directory, logId);
  if (noted === undefined) return undefined;
  const checkpoints = checkpointStream(store, logId);
  const newest = await checkpoints.last();
  if (newest === undefined) removeKeptBesideKeys(directory, fileName(logId));
  else if (newest.version >= noted.version && (await checkpoints.at(noted.version)).note === noted.note)
    return undefined;
  else replaceNotedCheckpoint(directory, logId, newest);
  return { from: noted.size, to: newest?.size ?? 0 };
}
