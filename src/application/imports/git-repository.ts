import { realpath, stat } from 'node:fs/promises';
import { GitFailed, gitText } from './git-process';
import { notARepository, repositoryEmpty, repositoryShallow } from './import-refusals';

/** A repository that holds its whole history, and the commit that an import reads it at. */
export interface GitRepository {
  /** Top of the work tree, or the bare repository. */
  readonly directory: string;
  /** The repository's own folder. */
  readonly gitDirectory: string;
  /** Full id of the commit that HEAD named when the repository was opened; commits made meanwhile are for later. */
  readonly head: string;
}

/** @throws Refusal GIT_UNAVAILABLE NOT_A_REPOSITORY REPOSITORY_SHALLOW REPOSITORY_EMPTY */
export async function openGitRepository(path: string): Promise<GitRepository> {
  const directory = await existingDirectory(path);
  const [shallow, gitDirectory = ''] = await repositoryFacts(directory);
  if (shallow === 'true') throw repositoryShallow();
  return { directory, gitDirectory, head: await headOf(directory) };
}

async function existingDirectory(path: string): Promise<string> {
  try {
    const directory = await realpath(path);
    if ((await stat(directory)).isDirectory()) return directory;
  } catch {
    // Falls through to the one refusal for all that is no repository.
  }
  throw notARepository();
}

async function repositoryFacts(directory: string): Promise<readonly string[]> {
  try {
    const facts = await gitText(directory, ['rev-parse', '--is-shallow-repository', '--absolute-git-dir']);
    return facts.split('\n');
  } catch (error) {
    throw error instanceof GitFailed && error.exitCode === 128 ? notARepository() : error;
  }
}

async function headOf(directory: string): Promise<string> {
  try {
    return (await gitText(directory, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'])).trim();
  } catch (error) {
    throw error instanceof GitFailed ? repositoryEmpty() : error;
  }
}
