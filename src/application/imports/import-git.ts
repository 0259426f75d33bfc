import type { PolicyKind } from '../../domain/policy/policy.events';
import { Refusal } from '../../domain/refusal';
import type { Application, RequestContext } from '../application';
import { organisationOf } from '../organisations';
import { createBudget } from './budget';
import { ATTRIBUTES_FILE, declaredKinds } from './git-attributes';
import { openGitBlobs } from './git-blobs';
import { createGitHistory, type GitHistory } from './git-history';
import { type GitImportProgress, type GitImportReport, type GitImportTally, openTally } from './git-import-report';
import type { GitImportRun } from './git-import-run';
import { readGitLog } from './git-log';
import { type GitRepository, openGitRepository } from './git-repository';
import { openGitTexts } from './git-texts';
import { importPath } from './import-path';
import { pathGlob } from './path-glob';
import { slugsOfPaths } from './path-policies';
import { commitsOfPath, versionsOfPath } from './path-versions';

export interface GitImport {
  /** Folder of a work tree, or a bare repository. */
  readonly repository: string;
  readonly organisationId: string;
  /** Only paths that this glob names; {@link pathGlob} tells how. */
  readonly include?: string;
  /** What the documents are; unless given, what their policies are already, else PRIVACY_NOTICE. */
  readonly kind?: PolicyKind;
  readonly onProgress?: (progress: GitImportProgress) => void;
}

/**
 * Paths imported side by side: their appends share commits, and a repository of many paths with few versions of each
 * would otherwise be one commit after the other.
 */
const PATHS_AT_ONCE = 128;
/** Versions of all paths at work, which bounds the memory; a path with more of them is imported alone. */
const VERSIONS_AT_ONCE = 1_536;
/** Processes of git that each list the versions of one path. */
const LISTINGS_AT_ONCE = 4;

/**
 * Imports every recorded version of every text file of a repository, dated as git itself would answer (rule V8): one
 * policy a path, one version a commit that changes it, and a retirement where a commit removes it. Nothing is written
 * to the repository. Interrupted and started again it goes on where it was; a second run writes nothing; a run after
 * new commits records those alone, and records anew what they redate.
 *
 * @throws Refusal GIT_UNAVAILABLE NOT_A_REPOSITORY REPOSITORY_EMPTY REPOSITORY_SHALLOW REPOSITORY_INCOMPLETE
 * REPOSITORY_TOO_LARGE GLOB_INVALID
 * @throws NotFound the organisation
 * @throws GitFailed StoreUnavailable what was recorded until then stays
 */
export async function importGit(app: Application, request: RequestContext, input: GitImport): Promise<GitImportReport> {
  const organisation = await organisationOf(app, input.organisationId);
  const included = input.include === undefined ? () => true : pathGlob(input.include);
  const repository = await openGitRepository(input.repository);
  const { history, hasMerges, attributeFiles, unreadable } = await readHistory(repository, included);
  const paths = history.paths();
  const declared = await declaredKinds(repository, attributeFiles, paths);
  const slugOfPath = await slugsOfPaths(app, organisation.organisationId, paths);
  const tally = openTally(history.changes, input.onProgress ?? (() => undefined));
  for (const name of unreadable) tally.passedOver(name, 'PATH_NOT_UTF8');
  const blobs = openGitBlobs(repository.directory);
  try {
    const texts = openGitTexts(app, organisation, blobs, declared);
    const run: GitImportRun = { app, request, organisation, kind: input.kind, texts, tally };
    const atWork = createBudget(VERSIONS_AT_ONCE);
    const listings = createBudget(LISTINGS_AT_ONCE);
    await sideBySide(paths, (path) =>
      atWork.run(history.countOf(path), async () => {
        const versions = await listings.run(1, () => versionsOfPath(repository, history, path, hasMerges));
        const slug = slugOfPath(path);
        const everyCommit = () => listings.run(1, () => commitsOfPath(repository, history, path));
        await importPath(run, { path, slug, versions, everyCommit }).catch(refusedPath(tally, path));
      }),
    );
  } finally {
    await blobs.close();
  }
  tally.advance(history.changes);
  return tally.report(repository.head);
}

/** What a rule forbids for one path holds up no other; what the repository lacks ends the import. */
function refusedPath(tally: GitImportTally, path: string): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof Refusal) || error.code === 'REPOSITORY_INCOMPLETE') throw error;
    tally.refused(path, error);
  };
}

interface ReadHistory {
  readonly history: GitHistory;
  readonly hasMerges: boolean;
  readonly attributeFiles: readonly string[];
  /** Names that are not UTF-8, read as Latin-1. */
  readonly unreadable: readonly string[];
}

async function readHistory(repository: GitRepository, included: (path: string) => boolean): Promise<ReadHistory> {
  const history = createGitHistory();
  const attributeFiles = new Set<string>();
  const unreadable: string[] = [];
  let hasMerges = false;
  await readGitLog(repository, {
    commit: (commit) => {
      hasMerges ||= commit.isMerge;
      history.addCommit(commit);
    },
    change: (path, kind, blob, name) => {
      if (path === undefined) {
        if (included(name)) unreadable.push(name);
        return;
      }
      if (path.endsWith(ATTRIBUTES_FILE)) attributeFiles.add(path);
      if (included(path)) history.addChange(path, kind, blob);
    },
  });
  return { history, hasMerges, attributeFiles: [...attributeFiles], unreadable };
}

/** Does a task for each item, some at a time. After a failure no further one is begun, and those begun are awaited. */
async function sideBySide(items: readonly string[], task: (item: string) => Promise<void>): Promise<void> {
  const left = items[Symbol.iterator]();
  const failures: unknown[] = [];
  async function work(): Promise<void> {
    for (const item of left) {
      if (failures.length > 0) return;
      await task(item).catch((error: unknown) => failures.push(error));
    }
  }
  await Promise.all(Array.from({ length: PATHS_AT_ONCE }, work));
  if (failures.length > 0) throw failures[0];
}
