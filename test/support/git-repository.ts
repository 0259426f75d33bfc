import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { devNull } from 'node:os';
import type { Writable } from 'node:stream';

/** What a commit puts at a path; null removes it. */
export type PlannedFile = string | Uint8Array | null | { readonly link: string } | { readonly submodule: string };

export interface PlannedCommit {
  /** Committer date in seconds since 1970-01-01T00:00Z. */
  readonly at: number;
  readonly files: readonly (readonly [path: string, file: PlannedFile])[];
  /** Numbers of earlier commits of the same call, counted from 0; absent: the one before, or the branch as it stands. */
  readonly parents?: readonly number[];
}

const ENVIRONMENT = {
  PATH: process.env.PATH ?? '',
  GIT_CONFIG_GLOBAL: devNull,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_LITERAL_PATHSPECS: '1',
  LC_ALL: 'C',
};
const MAX_OUTPUT_BYTES = 256 * 1_048_576;

/** What git answers, byte for byte. */
export function git(directory: string, args: readonly string[], input: string | Uint8Array = ''): Buffer {
  return execFileSync('git', args, { cwd: directory, env: ENVIRONMENT, input, maxBuffer: MAX_OUTPUT_BYTES });
}

export function gitLine(directory: string, ...args: readonly string[]): string {
  return git(directory, args).toString('utf8').trim();
}

export interface RepositoryKind {
  readonly bare?: boolean;
  readonly objectFormat?: 'sha1' | 'sha256';
}

/** Makes an empty repository whose branch is `main`. */
export function createRepository(
  directory: string,
  { bare = false, objectFormat = 'sha1' }: RepositoryKind = {},
): void {
  mkdirSync(directory, { recursive: true });
  git(directory, ['init', '-q', '-b', 'main', `--object-format=${objectFormat}`, ...(bare ? ['--bare'] : [])]);
}

/** Adds commits to the branch by one `git fast-import`; the work tree, if there is one, stays as it is. */
export async function addCommits(directory: string, commits: Iterable<PlannedCommit>): Promise<void> {
  const child = spawn('git', ['fast-import', '--quiet', '--force'], {
    cwd: directory,
    env: ENVIRONMENT,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const ended = once(child, 'exit');
  let number = 0;
  for (const commit of commits) {
    await write(child.stdin, commitCommand(commit, number, number === 0 && hasBranch(directory)));
    number += 1;
  }
  child.stdin.end('done\n');
  const [code] = await ended;
  if (code !== 0) throw new Error(`git fast-import ended with ${code}.`);
}

async function write(stdin: Writable, bytes: Uint8Array): Promise<void> {
  if (!stdin.write(bytes)) await once(stdin, 'drain');
}

function hasBranch(directory: string): boolean {
  try {
    gitLine(directory, 'rev-parse', '--verify', '--quiet', 'refs/heads/main');
    return true;
  } catch {
    return false;
  }
}

function commitCommand({ at, files, parents }: PlannedCommit, number: number, continues: boolean): Buffer {
  const before = parents ?? (number > 0 ? [number - 1] : []);
  const [first, ...merged] = before.map((parent) => `:${parent + 1}`);
  const from = continues ? 'refs/heads/main^0' : first;
  const head = [
    // Without this a second root would follow the branch.
    ...(from === undefined ? ['reset refs/heads/main'] : []),
    'commit refs/heads/main',
    `mark :${number + 1}`,
    `committer Test <test@example.test> ${at} +0100`,
    'data 0',
    ...(from === undefined ? [] : [`from ${from}`]),
    ...merged.map((parent) => `merge ${parent}`),
  ];
  return Buffer.concat([Buffer.from(`${head.join('\n')}\n`), ...files.map(([path, file]) => fileCommand(path, file))]);
}

function fileCommand(path: string, file: PlannedFile): Buffer {
  const quoted = `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
  if (file === null) return Buffer.from(`D ${quoted}\n`);
  if (typeof file === 'object' && 'submodule' in file) return Buffer.from(`M 160000 ${file.submodule} ${quoted}\n`);
  const isLink = typeof file === 'object' && 'link' in file;
  const bytes = Buffer.from(isLink ? file.link : file);
  const mode = isLink ? '120000' : '100644';
  return Buffer.concat([Buffer.from(`M ${mode} inline ${quoted}\ndata ${bytes.length}\n`), bytes, Buffer.from('\n')]);
}
