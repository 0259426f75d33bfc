import type { Instant } from '../../domain/time';
import type { GitHistory, PathChange } from './git-history';
import { type FileKind, type LoggedCommit, readGitCommits } from './git-log';
import { gitText } from './git-process';
import type { GitRepository } from './git-repository';

/** A commit as a version of a path, or as its removal (rule V8). */
export interface PathVersion {
  readonly commit: string;
  readonly kind: FileKind;
  readonly blob: string;
  /** Commit date and short id. */
  readonly label: string;
  readonly committedAt: Instant;
  /** The least committer date of this and every later version of the path. */
  readonly effectiveFrom: Instant;
}

/** A commit of the path's history; without a change where only what lies below the path was changed. */
interface DatedCommit {
  readonly committedAtS: number;
  readonly change: PathChange | undefined;
}

const SHORT_ID_LENGTH = 7;
/** The last second of the year 9999: no later one is kept. */
const LAST_SECOND = 253_402_300_799;

/**
 * The versions of a path in the order of `git rev-list --reverse HEAD -- path` (rule V8). A history without merges has
 * one order only, that of its log; else git is asked, since it follows those parents alone that explain the path.
 *
 * @throws GitFailed
 */
export async function versionsOfPath(
  repository: GitRepository,
  history: GitHistory,
  path: string,
  hasMerges: boolean,
): Promise<readonly PathVersion[]> {
  const asked = hasMerges || history.isAlsoFolder(path);
  const commits = asked ? await listedCommits(repository, history, path) : history.changesOf(path).map(dated);
  const versions: PathVersion[] = [];
  let least = Number.POSITIVE_INFINITY;
  for (const { committedAtS, change } of commits.toReversed()) {
    least = Math.min(least, committedAtS);
    if (change) versions.push(versionOf(change, committedAtS, least));
  }
  return versions.reverse();
}

function dated(change: PathChange): DatedCommit {
  return { committedAtS: change.committedAtS, change };
}

async function listedCommits(
  repository: GitRepository,
  history: GitHistory,
  path: string,
): Promise<readonly DatedCommit[]> {
  const listed: { readonly commit: string; readonly committedAtS: number }[] = [];
  const command = ['rev-list', '--reverse', '--timestamp', repository.head, '--', path];
  for (const line of (await gitText(repository.directory, command)).split('\n').filter(Boolean)) {
    const [seconds, commit = ''] = line.split(' ');
    listed.push({ commit, committedAtS: Number(seconds) || 0 });
  }
  const changes = new Map(history.changesOf(path).map((change) => [change.commit, change]));
  if (history.isAlsoFolder(path)) {
    // git lists what changes the folder too, and a merge may have taken the file's end from one side.
    const unknown = listed.map(({ commit }) => commit).filter((commit) => !changes.has(commit));
    for (const change of await changesAt(repository, path, unknown)) changes.set(change.commit, change);
  }
  return listed.map(({ commit, committedAtS }) => ({ committedAtS, change: changes.get(commit) }));
}

async function changesAt(
  repository: GitRepository,
  path: string,
  commits: readonly string[],
): Promise<readonly PathChange[]> {
  const changes: PathChange[] = [];
  if (commits.length === 0) return changes;
  let current: LoggedCommit | undefined;
  await readGitCommits(repository, commits, {
    commit: (commit) => {
      current = commit;
    },
    change: (changed, kind, blob) => {
      if (changed === path && current) changes.push({ ...current, commit: current.id, kind, blob });
    },
  });
  return changes;
}

function versionOf({ commit, kind, blob, committedOn }: PathChange, committedAtS: number, least: number): PathVersion {
  const committedAt = secondsToInstant(committedAtS);
  return {
    commit,
    kind,
    blob,
    label: `${committedOn || committedAt.slice(0, 10)} ${commit.slice(0, SHORT_ID_LENGTH)}`,
    committedAt,
    effectiveFrom: least === committedAtS ? committedAt : secondsToInstant(least),
  };
}

/** Two for each version, so by the engine's own clock arithmetic: from 1970 to 9999 its form is the canonical one. */
function secondsToInstant(seconds: number): Instant {
  return new Date(Math.min(Math.max(seconds, 0), LAST_SECOND) * 1_000).toISOString() as Instant;
}
