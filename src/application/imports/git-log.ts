import { isUtf8 } from 'node:buffer';
import { devNull } from 'node:os';
import { gitOutput } from './git-process';
import type { GitRepository } from './git-repository';

/** A commit as the log tells it. */
export interface LoggedCommit {
  /** Full id, 40 or 64 hexadecimal digits. */
  readonly id: string;
  /** Committer date in whole seconds since 1970-01-01T00:00Z. */
  readonly committedAtS: number;
  /** The committer's own civil date, "2023-11-01". */
  readonly committedOn: string;
  readonly isMerge: boolean;
}

/** What a commit leaves at a path. */
export type FileKind = 'file' | 'removed' | 'symlink' | 'submodule';

export interface LogVisitor {
  commit(commit: LoggedCommit): void;
  /** Of the commit visited last. A rename is a removal and an addition. `path` is undefined where it is not UTF-8. */
  change(path: string | undefined, kind: FileKind, blob: string, name: string): void;
}

const COMMIT_MARK = 0x01;
const CHANGE_MARK = 0x3a;
const LINE_FEED = 0x0a;
const FORMAT = '--format=tformat:%x01%H %ct %cs %P';

const SHAPE = [
  '--raw',
  '-z',
  `-O${devNull}`,
  '--root',
  '--no-renames',
  '--no-abbrev',
  '--no-ext-diff',
  '--no-textconv',
];

/**
 * The trees of two commits are put together from deltas for each of them. Where folders of thousands of files are more
 * than git remembers, it does so from the beginning each time, which took seven times as long: this is what git takes
 * by itself. Nothing else is in memory yet.
 */
const DELTA_BASES = '96m';

/**
 * Reads the whole history behind a commit, newest first, by one `git log`. Of a merge only what differs from all its
 * parents is told: what the merge itself changed.
 *
 * @throws GitFailed
 */
export async function readGitLog({ directory, head }: GitRepository, visitor: LogVisitor): Promise<void> {
  const read = logReader(visitor);
  const args = ['log', '-c', ...SHAPE, '--no-color', FORMAT, head, '--'];
  for await (const chunk of gitOutput(directory, args, { deltaBases: DELTA_BASES })) read(chunk);
}

/** Takes the log apart at its NUL bytes: a commit, or a change and then its path. */
function logReader(visitor: LogVisitor): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let change: { readonly kind: FileKind; readonly blob: string } | undefined;

  function take(token: Buffer): void {
    if (change) {
      const { kind, blob } = change;
      change = undefined;
      const path = isUtf8(token) ? token.toString('utf8') : undefined;
      visitor.change(path, kind, blob, path ?? token.toString('latin1'));
      return;
    }
    const start = token[0] === LINE_FEED ? 1 : 0;
    if (token[start] === COMMIT_MARK) visitor.commit(commitIn(token.toString('latin1', start + 1)));
    else if (token[start] === CHANGE_MARK) change = changeIn(token.toString('latin1', start));
  }

  return (chunk) => {
    const data = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let start = 0;
    for (let end = data.indexOf(0, start); end !== -1; end = data.indexOf(0, start)) {
      if (end > start) take(data.subarray(start, end));
      start = end + 1;
    }
    rest = data.subarray(start);
  };
}

function commitIn(line: string): LoggedCommit {
  const [id = '', seconds, committedOn = '', ...parents] = line.trimEnd().split(' ');
  // A commit whose date cannot be read has the date 0 to git as well.
  return { id, committedAtS: Number(seconds) || 0, committedOn, isMerge: parents.length > 1 };
}

/** `:old-mode new-mode old new status`, of a merge with a colon, a mode and an id for each parent. */
function changeIn(line: string): { readonly kind: FileKind; readonly blob: string } {
  const parents = line.lastIndexOf(':') + 1;
  const fields = line.slice(parents).split(' ');
  return { kind: kindOf(fields[parents] ?? ''), blob: fields[2 * parents + 1] ?? '' };
}

function kindOf(mode: string): FileKind {
  if (mode === '000000') return 'removed';
  if (mode === '120000') return 'symlink';
  return mode === '160000' ? 'submodule' : 'file';
}
