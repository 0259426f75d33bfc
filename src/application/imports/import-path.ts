import type { Entry, PolicyState } from '../../domain/policy/policy.state';
import { policies } from '../aggregate';
import { type Fold, handleCommands, loadFold } from '../handle-command';
import { policyIdOf, policyStream } from '../stream-names';
import { type GitImportPlan, type PlannedVersion, planGitImport } from './git-import-plan';
import type { GitImportRun } from './git-import-run';
import { historyDiverged } from './import-refusals';
import { creation, isRevokedByHand, type KeptText, type PolicyStep, recording, revocation } from './import-steps';
import type { PathVersion } from './path-versions';
import { assertKind } from './policy-kind';

export interface PathHistory {
  readonly path: string;
  readonly slug: string;
  /** Oldest first. */
  readonly versions: readonly PathVersion[];
  /** Commits that HEAD leads to and that change the path, those without which git explains it included. */
  readonly everyCommit: () => Promise<ReadonlySet<string>>;
}

/** Versions prepared before they are recorded together. */
const VERSIONS_TOGETHER = 512;

/** Records the versions of a path that its policy does not have yet (rule V8). @throws Refusal */
export async function importPath(run: GitImportRun, history: PathHistory): Promise<void> {
  const { app, tally } = run;
  const policyId = policyIdOf(run.organisation.organisationId, history.slug);
  const stream = policyStream(policyId);
  const fold = await loadFold(app, policies, stream);
  assertKind(fold.state, run.kind);
  const recorded = await recordedFrom(fold.state, history);
  const wanted = await wantedVersions(run, history, { policyId, fold, recorded });
  const plan = planGitImport(wanted, recorded);
  tally.known(plan.known);
  tally.advance(history.versions.length - plan.record.length);
  if (await carryOut(run, history, { policyId, fold, plan })) tally.policy();
  // An import goes through many policies once; others use the memory better.
  app.folds.delete(stream);
}

interface PathPolicy {
  readonly policyId: string;
  readonly fold: Fold<PolicyState>;
  readonly recorded: readonly Entry[];
}

/** What was imported from the path before. @throws Refusal HISTORY_DIVERGED when its history does not hold all of it */
async function recordedFrom(
  state: PolicyState,
  { path, versions, everyCommit }: PathHistory,
): Promise<readonly Entry[]> {
  if (state.status === 'absent') return [];
  const commits = new Set(versions.map(({ commit }) => commit));
  const recorded = state.timeline.filter(({ source }) => source?.path === path);
  const others = recorded.flatMap(({ source }) => (source && !commits.has(source.commit) ? [source.commit] : []));
  if (others.length === 0) return recorded;
  const every = await everyCommit();
  if (others.some((commit) => !every.has(commit))) throw historyDiverged(path);
  return recorded;
}

/**
 * The versions that are to stand in the policy, without those passed over. A file is read only where it decides what
 * happens to versions that are recorded: where it is new and comes before one of them.
 */
async function wantedVersions(
  { app, texts, tally }: GitImportRun,
  { path, versions }: PathHistory,
  { policyId, fold, recorded }: PathPolicy,
): Promise<readonly PathVersion[]> {
  const commits = new Set(recorded.map(({ source }) => source?.commit));
  const lastRecorded = versions.findLastIndex(({ commit }) => commits.has(commit));
  const now = app.now();
  const ownSince = fold.state.status === 'existing' ? fold.state.ownSince : undefined;
  const wanted: PathVersion[] = [];
  for (const [index, version] of versions.entries()) {
    const { kind, commit, blob } = version;
    if (commits.has(commit)) wanted.push(version);
    else if (kind === 'symlink') tally.passedOver(path, 'SYMLINK');
    else if (kind === 'submodule') tally.passedOver(path, 'SUBMODULE');
    else if (ownSince !== undefined && ownSince <= version.effectiveFrom)
      tally.passedOver(path, 'AFTER_OWN_PUBLICATION');
    else if (version.effectiveFrom > now) tally.passedOver(path, 'IN_FUTURE');
    else if (isRevokedByHand(fold, policyId, version)) tally.passedOver(path, 'REVOKED');
    else if (index > lastRecorded) wanted.push(version);
    else if (kind === 'removed' && wanted.length > 0) wanted.push(version);
    else if (kind === 'file') {
      const reason = await texts.reasonNotToKeep(path, blob);
      if (reason) tally.passedOver(path, reason);
      else wanted.push(version);
    }
  }
  return wanted;
}

/** Revokes, then records group by group. Answers whether the policy has anything recorded. */
async function carryOut(
  run: GitImportRun,
  { path, slug }: PathHistory,
  { policyId, fold, plan }: PlannedPolicy,
): Promise<boolean> {
  const isNew = fold.state.status === 'absent';
  let opening = isNew
    ? [creation(run, { policyId, path, slug })]
    : plan.revoke.map((e) => revocation(run, policyId, e));
  let standing = plan.known > 0;
  for (let at = 0; at < plan.record.length; at += VERSIONS_TOGETHER) {
    const group = plan.record.slice(at, at + VERSIONS_TOGETHER);
    const texts = await Promise.all(group.map((planned) => textOf(run, path, planned)));
    const steps: PolicyStep[] = [];
    for (const [index, { version, before }] of group.entries()) {
      const text = texts[index];
      // A removal of what was never a text ends nothing.
      if (version.kind === 'removed' ? !standing : !text) continue;
      standing = true;
      steps.push(recording(run, { policyId, path, fold, version, before, text }));
    }
    if (steps.length > 0) {
      await send(run, policyId, [...opening, ...steps]);
      opening = [];
    }
    run.tally.advance(group.length);
  }
  if (!isNew && opening.length > 0) await send(run, policyId, opening);
  return standing;
}

async function send(run: GitImportRun, policyId: string, steps: readonly PolicyStep[]): Promise<void> {
  const { app, request, tally, organisation } = run;
  const origin = { organisationId: organisation.organisationId, request };
  const handled = await handleCommands(app, policies, policyId, origin, steps);
  for (const [index, { command }] of steps.entries()) {
    if (handled[index]?.repeated === false) tally.recorded(command);
  }
}

interface PlannedPolicy {
  readonly policyId: string;
  readonly fold: Fold<PolicyState>;
  readonly plan: GitImportPlan;
}

/** The text of a version, read and stored unless it stood in the policy before. */
async function textOf(
  { texts, tally }: GitImportRun,
  path: string,
  { version, before }: PlannedVersion,
): Promise<KeptText | undefined> {
  if (version.kind !== 'file') return undefined;
  const content = before?.kind === 'version' ? before.contents[0] : undefined;
  if (content && before?.kind === 'version') return { content, flags: before.flags };
  const prepared = await texts.prepare(path, version.blob);
  if (prepared.kind === 'text') return prepared;
  tally.passedOver(path, prepared.reason);
  return undefined;
}
