import { git, gitLine } from './git-repository';

/** What git itself says stood at a path, to set an import against. */
export interface GitOracle {
  /** Commits of the path's history, newest first, as `git rev-list HEAD -- path` gives them. */
  readonly commits: readonly { readonly id: string; readonly at: number }[];
  /** False where git never answers with a file: a merge may have explained it away. */
  readonly hasFile: boolean;
  /** The file at that second, as `git rev-list -1 --before` and `git show` give it; undefined where there is none. */
  at(second: number): Buffer | undefined;
  /** What `git rev-list -1 --before` answers when it is really asked; {@link at} works it out from one list. */
  commitAskedAt(second: number): string | undefined;
  commitAt(second: number): string | undefined;
}

export function gitOracle(directory: string, path: string): GitOracle {
  const commits = gitLine(directory, 'rev-list', '--timestamp', 'HEAD', '--', path)
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [at, id = ''] = line.split(' ');
      return { id, at: Number(at) };
    });
  const files = filesAt(
    directory,
    commits.map(({ id }) => `${id}:${path}`),
  );
  // With --before git answers the first commit of its list that is not later.
  const placeAt = (second: number) => commits.findIndex(({ at }) => at <= second);
  return {
    commits,
    hasFile: files.some((file) => file !== undefined),
    at: (second) => files[placeAt(second)],
    commitAt: (second) => commits[placeAt(second)]?.id,
    commitAskedAt: (second) => {
      const before = `--before=${new Date(second * 1_000).toISOString()}`;
      return gitLine(directory, 'rev-list', '-1', before, 'HEAD', '--', path) || undefined;
    },
  };
}

/** Every path that a file had at any time. */
export function pathsEver(directory: string): string[] {
  const names = git(directory, ['log', '-m', '--root', '--name-only', '--no-renames', '-z', '--format=', 'HEAD']);
  return [...new Set(names.toString('utf8').split('\0').filter(Boolean))].sort();
}

function filesAt(directory: string, names: readonly string[]): (Buffer | undefined)[] {
  const output = git(directory, ['cat-file', '--batch'], `${names.join('\n')}\n`);
  const files: (Buffer | undefined)[] = [];
  for (let at = 0; files.length < names.length; ) {
    const end = output.indexOf(0x0a, at);
    const [, type, size] = output.toString('utf8', at, end).match(/ (blob|tree|commit) (\d+)$/) ?? [];
    const start = end + 1;
    files.push(type === 'blob' ? output.subarray(start, start + Number(size)) : undefined);
    at = type === undefined ? start : start + Number(size) + 1;
  }
  return files;
}
