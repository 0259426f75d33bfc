import type { Instant } from '../../domain/time';
import type { GitHistory, PathChange } from './git-history';
import type { FileKind } from './git-log';
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

/** A commit of the path's history; without a change where what lies below the path was changed and no file is at it. */
interface DatedCommit {
  readonly commit: string;
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
  for (const { change, committedAtS } of withRemovals(commits).toReversed()) {
    least = Math.min(least, committedAtS);
    if (change) versions.push(versionOf(change, committedAtS, least));
  }
  return versions.reverse();
}

function dated(change: PathChange): DatedCommit {
  return { commit: change.commit, committedAtS: change.committedAtS, change };
}

/**
 * A name may be a file on one branch and a folder on another. git then lists what changes the folder too, and answers
 * with that commit, at which there is no file: the file that its list named before has ended there.
 */
function withRemovals(commits: readonly DatedCommit[]): readonly DatedCommit[] {
  let stands = false;
  return commits.map((listed) => {
    const ends = listed.change === undefined && stands;
    stands = listed.change !== undefined && listed.change.kind !== 'removed';
    return ends ? { ...listed, change: removalBy(listed) } : listed;
  });
}

function removalBy({ commit, committedAtS }: DatedCommit): PathChange {
  return { commit, committedAtS, committedOn: '', kind: 'removed', blob: '' };
}

async function listedCommits(
  repository: GitRepository,
  history: GitHistory,
  path: string,
): Promise<readonly DatedCommit[]> {
  const changes = new Map(history.changesOf(path).map((change) => [change.commit, change]));
  const command = ['rev-list', '--reverse', '--timestamp', repository.head, '--', path];
  const lines = (await gitText(repository.directory, command)).split('\n').filter(Boolean);
  return lines.map((line) => {
    const [seconds, commit = ''] = line.split(' ');
    return { commit, committedAtS: Number(seconds) || 0, change: changes.get(commit) };
  });
}

/** Commits that HEAD leads to and that change the path, though git may explain the path without some. @throws GitFailed */
export async function commitsOfPath(
  repository: GitRepository,
  history: GitHistory,
  path: string,
): Promise<ReadonlySet<string>> {
  if (!history.isAlsoFolder(path)) return new Set(history.changesOf(path).map(({ commit }) => commit));
  const command = ['rev-list', '--full-history', repository.head, '--', path];
  return new Set((await gitText(repository.directory, command)).split('\n'));
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
