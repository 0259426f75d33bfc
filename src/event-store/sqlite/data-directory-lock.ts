import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { driverCode } from '../../sqlite/driver-faults';

/** Another process, or another store of this one, works in the data directory. Two writers would spoil the log. */
export class DataDirectoryLocked extends Error {
  readonly code = 'DATA_DIRECTORY_LOCKED';
  override readonly name = 'DataDirectoryLocked';
  constructor(
    readonly directory: string,
    /** Process id of the holder, as it wrote it down; undefined when that note cannot be read. */
    readonly pid: number | undefined,
  ) {
    super(`The data directory ${directory} is in use by ${pid === undefined ? 'another process' : `process ${pid}`}.`);
  }
}

export interface DataDirectoryLock {
  /** Writes down that this process is the holder, once it is sure to be. */
  note(): void;
  release(): void;
}

const LOCK_FILE = 'samtykke.lock';
const PID_FILE = 'samtykke.pid';

/**
 * Takes the data directory for this process, making it when it is absent.
 *
 * The lock is an open exclusive transaction on an empty SQLite file: the operating system drops it with the process,
 * also after SIGKILL, so that no note of a dead process is ever mistaken for a lock. The pid beside it only names the
 * holder in the error. Somebody may delete the lock's file, which frees no log: its own file is locked too.
 *
 * @throws DataDirectoryLocked
 */
export function lockDataDirectory(directory: string): DataDirectoryLock {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const lock = new Database(join(directory, LOCK_FILE), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    throw lockedOr(error, directory);
  }
  return {
    note: () => {
      writeFileSync(join(directory, PID_FILE), `${process.pid}\n`, { mode: 0o600 });
    },
    release: () => {
      lock.close();
    },
  };
}

/**
 * A process that was killed keeps its locks until the system has ended it: tens of milliseconds for a small one, longer
 * for one that waits for its disk. Whoever comes right after waits so long.
 */
const HOLDER_ENDS_WITHIN_MS = 2_000;
/** A holder that is still seen to live after so long was not about to end. */
const HOLDER_LIVES_MS = 200;
const LOOK_AGAIN_MS = 20;

/**
 * What opening answers once the directory is free. The whole process waits, which only happens before it does anything.
 *
 * @throws DataDirectoryLocked somebody else goes on holding it, or this process itself does
 */
export function onceUnlocked<Opened>(open: () => Opened): Opened {
  const since = performance.now();
  for (;;) {
    try {
      return open();
    } catch (error) {
      if (!(error instanceof DataDirectoryLocked) || error.pid === process.pid) throw error;
      const patienceMs = isSeenToLive(error.pid) ? HOLDER_LIVES_MS : HOLDER_ENDS_WITHIN_MS;
      if (performance.now() - since > patienceMs) throw error;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_AGAIN_MS);
  }
}

/** Whether a process is there and not at its end, as Linux tells (proc_pid_stat(5)); false where it cannot be told. */
function isSeenToLive(pid: number | undefined): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name before may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state = 'X'] = fields;
    const isEnding = (Number(fields[STAT_FLAGS]) & EXITING) !== 0 || (Number(fields[STAT_PENDING]) & KILLED) !== 0;
    return !'ZXx'.includes(state) && !isEnding;
  } catch {
    return false;
  }
}

/** Fields of proc_pid_stat(5), counted from the state, and what is looked for in them. */
const STAT_FLAGS = 6;
const EXITING = 0x4;
const STAT_PENDING = 28;
const KILLED = 1 << (constants.signals.SIGKILL - 1);

/** That the directory is locked, where the driver says that a file in it is held by somebody; else the fault itself. */
export function lockedOr(error: unknown, directory: string): unknown {
  const isHeld = driverCode(error)?.startsWith('SQLITE_BUSY') === true;
  return isHeld ? new DataDirectoryLocked(directory, notedPid(directory)) : error;
}

function notedPid(directory: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(directory, PID_FILE), 'utf8').trim());
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}
