import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { devNull } from 'node:os';
import { dirname } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { gitUnavailable } from './import-refusals';

/** git ended otherwise than well. The message holds what it said, for the operator. */
export class GitFailed extends Error {
  override readonly name = 'GitFailed';
  readonly code = 'GIT_FAILED';
  constructor(
    readonly command: string,
    readonly exitCode: number | null,
    readonly said: string,
  ) {
    super(`git ${command} ended with ${exitCode ?? 'a signal'}${said && `: ${said}`}`);
  }
}

const MAX_COMPLAINT_LENGTH = 500;

/**
 * What a repository or a user may have configured neither runs a program nor alters what is read, and git keeps less
 * in memory than it likes to.
 */
const SETTINGS = [
  `core.attributesFile=${devNull}`,
  'core.fsmonitor=false',
  `core.hooksPath=${devNull}`,
  'core.packedGitLimit=8m',
  'core.packedGitWindowSize=1m',
  'core.pager=cat',
  'diff.ignoreSubmodules=none',
  'log.showRoot=true',
  'log.showSignature=false',
  // The operator names the repository, and no program of its owner runs.
  'safe.directory=*',
].flatMap((setting) => ['-c', setting]);

/** What git may keep of objects that others are deltas of. */
const DELTA_BASES = '8m';

export interface GitOptions {
  /** Instead of {@link DELTA_BASES}, where nothing else takes memory meanwhile. */
  readonly deltaBases?: string;
  /** Stands in for the repository's index. */
  readonly indexFile?: string;
}

export type GitProcess = ChildProcessByStdio<Writable, Readable, Readable>;

/** Starts git in a directory, cut off from the caller's settings, from hooks and from the network. */
export function startGit(directory: string, args: readonly string[], options: GitOptions = {}): GitProcess {
  const { indexFile, deltaBases = DELTA_BASES } = options;
  return spawn('git', ['--no-pager', ...SETTINGS, '-c', `core.deltaBaseCacheLimit=${deltaBases}`, ...args], {
    cwd: directory,
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
    env: {
      ...(process.env.PATH && { PATH: process.env.PATH }),
      ...(indexFile && { GIT_INDEX_FILE: indexFile }),
      GIT_ALLOW_PROTOCOL: 'none',
      GIT_ATTR_NOSYSTEM: '1',
      // A folder inside somebody else's work tree is not that work tree.
      GIT_CEILING_DIRECTORIES: dirname(directory),
      GIT_CONFIG_GLOBAL: devNull,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_LITERAL_PATHSPECS: '1',
      GIT_NO_LAZY_FETCH: '1',
      GIT_OPTIONAL_LOCKS: '0',
      GIT_TERMINAL_PROMPT: '0',
      LC_ALL: 'C',
    },
  });
}

/** Resolves when git has ended well. @throws GitFailed Refusal GIT_UNAVAILABLE */
export async function endOf(git: GitProcess, command: string): Promise<void> {
  let said = '';
  git.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-MAX_COMPLAINT_LENGTH);
  });
  // What it no longer reads is told by how it ends.
  git.stdin.on('error', () => undefined);
  const code = await new Promise<number | null>((resolve, reject) => {
    git.once('error', (error) => reject(isMissing(error) ? gitUnavailable() : error));
    git.once('close', resolve);
  });
  if (code !== 0) throw new GitFailed(command, code, said.trim());
}

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}

/** What git prints, piece by piece. Leaving the iteration ends git. @throws GitFailed Refusal */
export async function* gitOutput(
  directory: string,
  args: readonly string[],
  options: GitOptions & { readonly input?: Iterable<Uint8Array | string> } = {},
): AsyncGenerator<Buffer> {
  const git = startGit(directory, args, options);
  const ended = endOf(git, args[0] ?? '');
  ended.catch(() => undefined);
  void feed(git.stdin, options.input ?? []);
  try {
    for await (const chunk of git.stdout) yield chunk as Buffer;
    await ended;
  } finally {
    git.kill();
  }
}

async function feed(stdin: Writable, input: Iterable<Uint8Array | string>): Promise<void> {
  for (const piece of input) {
    if (stdin.destroyed) return;
    if (!stdin.write(piece)) await Promise.race([once(stdin, 'drain'), once(stdin, 'close')]).catch(() => undefined);
  }
  stdin.end();
}

/** All that git prints, where that is short. @throws GitFailed Refusal */
export async function gitText(directory: string, args: readonly string[], options: GitOptions = {}): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of gitOutput(directory, args, options)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
