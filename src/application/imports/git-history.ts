import type { FileKind, LoggedCommit } from './git-log';
import { repositoryTooLarge } from './import-refusals';
import { packedRows } from './packed-rows';

/** A commit that changes a path, as it stands in the history. */
export interface PathChange {
  readonly commit: string;
  readonly committedAtS: number;
  readonly committedOn: string;
  readonly kind: FileKind;
  /** Id of what stands at the path after it. */
  readonly blob: string;
}

/** Which commits change which paths: all that an import keeps of a repository in memory, packed into bytes. */
export interface GitHistory {
  addCommit(commit: LoggedCommit): void;
  addChange(path: string, kind: FileKind, blob: string): void;
  /** Oldest first by where their first change stands in the log, so that a longer history has the same paths first. */
  paths(): readonly string[];
  /** Oldest first: the order of the log from its end. */
  changesOf(path: string): readonly PathChange[];
  countOf(path: string): number;
  /**
   * True when other paths lie below this one, as where a file gave way to a folder. A glob that names a path names all
   * that lies below it, so that none is left out.
   */
  isAlsoFolder(path: string): boolean;
  readonly changes: number;
}

/** Most changes and paths held: some 120 MB of them. */
export const MAX_CHANGES = 2_000_000;
export const MAX_PATHS = 300_000;

const KINDS: readonly FileKind[] = ['file', 'removed', 'symlink', 'submodule'];
const MAX_ID_BYTES = 32;
/** Id, its length, seconds, civil date as the digits of yyyymmdd. */
const COMMIT_BYTES = MAX_ID_BYTES + 1 + 8 + 4;

/** @throws Refusal REPOSITORY_TOO_LARGE while adding */
export function createGitHistory(): GitHistory {
  const commits = packedRows(COMMIT_BYTES);
  // Row of the commit, row of the path's next newer change, kind, blob.
  let changes: ReturnType<typeof packedRows> | undefined;
  /** Row of each path's oldest change so far. */
  const oldest = new Map<string, number>();
  let waiting: LoggedCommit | undefined;

  function addChange(path: string, kind: FileKind, blob: string): void {
    changes ??= packedRows(9 + blob.length / 2);
    if (changes.length >= MAX_CHANGES) throw repositoryTooLarge('versions', MAX_CHANGES);
    if (waiting) keepCommit(waiting);
    waiting = undefined;
    const newer = oldest.get(path);
    if (newer === undefined && oldest.size >= MAX_PATHS) throw repositoryTooLarge('files', MAX_PATHS);
    oldest.set(path, changes.length);
    const row = changes.add();
    row.writeUInt32LE(commits.length - 1, 0);
    row.writeInt32LE(newer ?? -1, 4);
    row.writeUInt8(KINDS.indexOf(kind), 8);
    row.write(blob, 9, 'hex');
  }

  function keepCommit({ id, committedAtS, committedOn }: LoggedCommit): void {
    const row = commits.add();
    row.write(id, 0, 'hex');
    row.writeUInt8(id.length, MAX_ID_BYTES);
    row.writeDoubleLE(committedAtS, MAX_ID_BYTES + 1);
    row.writeUInt32LE(Number(committedOn.replaceAll('-', '')) || 0, MAX_ID_BYTES + 9);
  }

  function changesOf(path: string): readonly PathChange[] {
    const found: PathChange[] = [];
    for (let at = oldest.get(path) ?? -1; changes && at >= 0; ) {
      const row = changes.row(at);
      const commit = commits.row(row.readUInt32LE(0));
      found.push({
        commit: commit.toString('hex', 0, commit.readUInt8(MAX_ID_BYTES) / 2),
        committedAtS: commit.readDoubleLE(MAX_ID_BYTES + 1),
        committedOn: civilDate(commit.readUInt32LE(MAX_ID_BYTES + 9)),
        kind: KINDS[row.readUInt8(8)] ?? 'file',
        blob: row.toString('hex', 9),
      });
      at = row.readInt32LE(4);
    }
    return found;
  }

  function countOf(path: string): number {
    let count = 0;
    for (let at = oldest.get(path) ?? -1; changes && at >= 0; count += 1) at = changes.row(at).readInt32LE(4);
    return count;
  }

  function paths(): readonly string[] {
    const commitOf = (row: number) => changes?.row(row).readUInt32LE(0) ?? 0;
    return [...oldest]
      .sort(([a, rowA], [b, rowB]) => commitOf(rowB) - commitOf(rowA) || (a < b ? -1 : 1))
      .map(([path]) => path);
  }

  let folders: ReadonlySet<string> | undefined;
  return {
    addCommit: (commit) => {
      waiting = commit;
    },
    addChange,
    changesOf,
    countOf,
    paths,
    isAlsoFolder: (path) => {
      folders ??= foldersOf(oldest.keys());
      return folders.has(path);
    },
    get changes() {
      return changes?.length ?? 0;
    },
  };
}

function civilDate(digits: number): string {
  const text = String(digits).padStart(8, '0');
  return digits === 0 ? '' : `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`;
}

function foldersOf(paths: Iterable<string>): ReadonlySet<string> {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  return folders;
}
