import { v5 as uuidv5 } from 'uuid';
import type { PolicyCommand } from '../../domain/policy/policy.commands';
import type { ContentRef, TextFlag } from '../../domain/policy/policy.events';
import type { Entry, PolicyState } from '../../domain/policy/policy.state';
import type { Fold, Step } from '../handle-command';
import { madeBy } from '../stream-names';
import type { GitImportRun } from './git-import-run';
import type { PathVersion } from './path-versions';
import { titleOf } from './policy-names';

/** A step whose command is made already. */
export type PolicyStep = Step<PolicyState, PolicyCommand> & { readonly command: PolicyCommand };

export interface KeptText {
  readonly content: ContentRef;
  readonly flags: readonly TextFlag[];
}

const REDATED = 'The history of the file gives this version another date or place.';

/**
 * The ids of an import's commands follow from what is imported alone, not from who imports it: whoever runs the import
 * again meets the commands of the first time (rule I1).
 */
function commandId(policyId: string, ...parts: readonly (string | number)[]): string {
  return uuidv5(['git', ...parts].join('/'), policyId);
}

const creationId = (policyId: string) => commandId(policyId, 'create');
const revocationId = (policyId: string, entryId: string) => commandId(policyId, 'revoke', entryId);
const recordingId = (policyId: string, { commit, effectiveFrom }: PathVersion, time: number) =>
  commandId(policyId, 'record', commit, effectiveFrom, time);

/** The id of what the recording of a version makes. */
function entryOf({ kind }: PathVersion, recording: string): string {
  return madeBy(recording, kind === 'removed' ? 'retirement' : 'version');
}

/** True when the version was recorded with this date and taken out otherwise than by an import. */
export function isRevokedByHand({ commands }: Fold<PolicyState>, policyId: string, version: PathVersion): boolean {
  if (commands.size === 0) return false;
  const recording = recordingId(policyId, version, timesTakenOut({ commands }, policyId, version));
  return commands.has(recording);
}

/** How often an import has recorded the version with this date and taken it out again. */
function timesTakenOut(
  { commands }: Pick<Fold<PolicyState>, 'commands'>,
  policyId: string,
  version: PathVersion,
): number {
  // In a new policy nothing is looked for.
  if (commands.size === 0) return 0;
  for (let time = 0; ; time += 1) {
    const entryId = entryOf(version, recordingId(policyId, version, time));
    if (!commands.has(revocationId(policyId, entryId))) return time;
  }
}

export function creation(
  { app, request, organisation, kind = 'PRIVACY_NOTICE' }: GitImportRun,
  { policyId, path, slug }: { readonly policyId: string; readonly path: string; readonly slug: string },
): PolicyStep {
  const { organisationId, defaultLocale } = organisation;
  return {
    identity: { commandId: creationId(policyId) },
    command: {
      type: 'CreatePolicy',
      actor: request.actor,
      at: app.now(),
      policyId,
      organisationId,
      slug,
      kind,
      title: { locale: defaultLocale, text: titleOf(path) },
      sourcePath: path,
    },
  };
}

export function revocation({ app, request }: GitImportRun, policyId: string, { id }: Entry): PolicyStep {
  return {
    identity: { commandId: revocationId(policyId, id) },
    command: { type: 'RevokeImport', actor: request.actor, at: app.now(), entryId: id, reason: REDATED },
  };
}

/** Records a version, or a removal where there is no text. Reasons are not known, so that it brings no duty (V7). */
export function recording(
  { app, request, organisation }: GitImportRun,
  planned: {
    readonly policyId: string;
    readonly path: string;
    readonly fold: Fold<PolicyState>;
    readonly version: PathVersion;
    /** What this import takes out of the same commit. */
    readonly before: Entry | undefined;
    readonly text: KeptText | undefined;
  },
): PolicyStep {
  const { policyId, path, fold, version, before, text } = planned;
  const { commit, committedAt, effectiveFrom, label } = version;
  const time = timesTakenOut(fold, policyId, version) + (before?.effectiveFrom === effectiveFrom ? 1 : 0);
  const id = recordingId(policyId, version, time);
  const common = { actor: request.actor, at: app.now(), source: { commit, path, committedAt } };
  if (!text) {
    const retirementId = entryOf(version, id);
    return {
      identity: { commandId: id },
      command: { type: 'ImportRetirement', ...common, retirementId, from: effectiveFrom },
    };
  }
  return {
    identity: { commandId: id },
    command: {
      type: 'ImportPolicyVersion',
      ...common,
      versionId: entryOf(version, id),
      label,
      effectiveFrom,
      timeZone: organisation.timeZone,
      content: text.content,
      flags: text.flags,
      reasons: [],
      summaries: [],
      renewalPurposes: [],
    },
  };
}
