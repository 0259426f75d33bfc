import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { driverCode } from '../../sqlite/driver-faults';
import { MAX_APPEND_BYTES, StoreUnavailable } from '../event-store';

/** Remembers that an append could not be written, so that a node can say so before the next caller learns it. */
export interface WriteWatch {
  /** To be told how each append ended. */
  readonly succeeded: () => void;
  readonly failed: (error: unknown) => void;
  /** The driver's code (`SQLITE_FULL` …) until an append is written, or a trial finds that there is room again. */
  fault(): string | undefined;
}

export interface WriteWatchOptions {
  /** Tries whether as much as a large append can be written. */
  readonly hasRoom: () => boolean;
  /** In milliseconds since 1970-01-01T00:00Z. */
  readonly clock: () => number;
}

/** How long after a failure, and after each trial, the disk is tried again at the earliest. */
export const TRIAL_EVERY_MS = 5_000;
/** An append, its indexes and the copy in the write-ahead log. */
const TRIAL_BYTES = 3 * MAX_APPEND_BYTES;
const TRIAL_FILE = 'samtykke.room';

export function createWriteWatch({ hasRoom, clock }: WriteWatchOptions): WriteWatch {
  let code: string | undefined;
  let lookedAtMs = 0;
  return {
    succeeded: () => {
      code = undefined;
    },
    failed: (error) => {
      const fault = error instanceof StoreUnavailable ? driverCode(error.cause) : undefined;
      if (fault === undefined) return;
      code = fault;
      lookedAtMs = clock();
    },
    fault: () => {
      if (code === undefined || clock() - lookedAtMs < TRIAL_EVERY_MS) return code;
      lookedAtMs = clock();
      if (hasRoom()) code = undefined;
      return code;
    },
  };
}

/** Writes a file beside the log and removes it: what the file system says is free may not be free for this process. */
export function hasRoomIn(directory: string): boolean {
  const path = join(directory, TRIAL_FILE);
  try {
    const file = openSync(path, 'w', 0o600);
    try {
      const bytes = Buffer.alloc(TRIAL_BYTES);
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    return true;
  } catch {
    return false;
  } finally {
    removeQuietly(path);
  }
}

/** What cannot be removed is written over at the next trial. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {}
}
