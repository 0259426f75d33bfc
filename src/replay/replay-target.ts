import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { REPLAY_APPLICATION_ID } from './replay-tables';

/** A replay may not be written there. */
export class ReplayTargetRefused extends Error {
  override readonly name = 'ReplayTargetRefused';
  constructor(
    readonly code: 'REPLAY_FILE_EXISTS' | 'REPLAY_FILE_UNKNOWN' | 'DIRECTORY_MISSING',
    message: string,
  ) {
    super(message);
  }
}

/** Where a replay is made before it stands where it was asked for, whole. */
export interface ReplayTarget {
  /** For the tables that it is made from. */
  readonly foldFile: string;
  readonly replayFile: string;
  /** Puts the file, which is finished and closed, where it was asked for. @throws ReplayTargetRefused */
  keep(): void;
  /** Removes whatever is left; after {@link keep} nothing is. */
  discard(): void;
}

const OWNER_ONLY = 0o600;
/** A replay may hold values of people, so its directory is its owner's alone until it is whole; mkdtemp sees to that. */
const PREFIX = '.samtykke-replay-';
/** Where the header of an SQLite file keeps the application it belongs to, and how long that header is. */
const APPLICATION_ID_AT = 68;
const HEADER_BYTES = 100;
const MAGIC = 'SQLite format 3\0';

/**
 * Refuses a file that is there, unless it is a replay and may be replaced: another's data is never written over; and
 * one in a directory that is not.
 * @throws ReplayTargetRefused
 */
export function assertMayBeWritten(path: string, replace: boolean): void {
  const directory = dirname(path);
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory())
    throw new ReplayTargetRefused('DIRECTORY_MISSING', `${directory} is no directory: make it first.`);
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (!there) return;
  if (!replace) throw new ReplayTargetRefused('REPLAY_FILE_EXISTS', `${path} is there. --force replaces it.`);
  if (there.isFile() && (there.size === 0 || isReplay(path))) return;
  throw new ReplayTargetRefused('REPLAY_FILE_UNKNOWN', `${path} is no replay, and only a replay is replaced.`);
}

function isReplay(path: string): boolean {
  const header = Buffer.alloc(HEADER_BYTES);
  const file = openSync(path, 'r');
  try {
    if (readSync(file, header, 0, HEADER_BYTES, 0) < HEADER_BYTES) return false;
  } finally {
    closeSync(file);
  }
  const isSqlite = header.subarray(0, MAGIC.length).toString('latin1') === MAGIC;
  return isSqlite && header.readUInt32BE(APPLICATION_ID_AT) === REPLAY_APPLICATION_ID;
}

/**
 * Makes room beside the file, on the same disk: a rename then puts it in its place in one step.
 * @param path absolute
 * @throws what the system says when nothing can be written there
 */
export function openReplayTarget(path: string, replace: boolean): ReplayTarget {
  const directory = mkdtempSync(join(dirname(path), PREFIX));
  const replayFile = join(directory, 'replay.sqlite');
  const discard = () => rmSync(directory, { recursive: true, force: true });
  return {
    foldFile: join(directory, 'fold.db'),
    replayFile,
    keep: () => {
      assertMayBeWritten(path, replace);
      chmodSync(replayFile, OWNER_ONLY);
      flush(replayFile);
      renameSync(replayFile, path);
      flush(dirname(path));
      discard();
    },
    discard,
  };
}

/** Onto the disk, so that a crash of the machine leaves all or nothing. */
function flush(path: string): void {
  if (!existsSync(path)) return;
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
