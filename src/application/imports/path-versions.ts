import type { Instant } from '../../domain/time';
import type { GitHistory, PathChange } from './git-history';
import type { FileKind } from './git-log';
import { gitOutput } from './git-process';
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
  const changes = history.changesOf(path);
  const asked = hasMerges || history.isAlsoFolder(path);
  const commits = asked ? await listedCommits(repository, path, changes) : changes.map(dated);
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
  { directory, head }: GitRepository,
  path: string,
  changes: readonly PathChange[],
): Promise<readonly DatedCommit[]> {
  const byCommit = new Map(changes.map((change) => [change.commit, change]));
  let text = '';
  for await (const chunk of gitOutput(directory, ['rev-list', '--reverse', '--timestamp', head, '--', path])) {
    text += chunk.toString('latin1');
  }
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [seconds, commit = ''] = line.split(' ');
      return { committedAtS: Number(seconds) || 0, change: byCommit.get(commit) };
    });
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
