import { type Instant } from '../time';
import { assertNotUnderstated, changeOf, impliedChange } from './classification';
import { missingFromStatement } from './completeness';
import { draftHash, isVoid, type Sha256 } from './draft-hash';
import { type EffectiveDates, effectiveDates, leavesNotice, startOfDay } from './effective-dates';
import type { ImportPolicyVersion, ImportRetirement, PublishPolicyVersion, RevokeImport } from './policy.commands';
import type { Change, PolicyEvent } from './policy.events';
import * as refuse from './policy.refusals';
import { type Policy, placeInTimeline, type VersionEntry } from './policy.state';
import { consentPurposes, type ProcessingStatement, subjectCategories } from './processing-statement';
import { type RootedEntry, rerootedFrom, rootedPredecessor, rootsAfter, withdrawalsIn } from './roots';
import { followingVersions, precedingVersion } from './version-in-force';

/** Publishes the draft as the next version (rules P1 to P5, P7, V2, V5, V6, V9 to V11). */
export function publishVersion(command: PublishPolicyVersion, state: Policy, sha256: Sha256): readonly PolicyEvent[] {
  const { draft } = state;
  const { rules, at, versionId } = command;
  if (command.expectedRevision !== draft.revision) throw refuse.staleDraft(draft.revision);
  const statement = completeStatement(state);
  if (rules.approvalRequired) assertApproved(state);
  const dates = effectiveDates(command, rules.timeZone);
  const place = placeInTimeline(state.timeline, dates.effectiveFrom);
  const predecessor = precedingVersion(state.timeline, place, dates.effectiveFrom);
  assertConsentPurposes(command.renewalPurposes, statement);
  assertNotUnderstated(command, draft, predecessor, followingVersions(state.timeline, place)[0]);
  const { compared } = impliedChange(predecessor, draft);
  const change = changeOf(command, compared, rules.noticeLeadDays);
  assertNoticeInAdvance(change, dates, at, rules.timeZone);
  const version = { id: versionId, change, statement, imported: false, effectiveFrom: dates.effectiveFrom };
  return [
    {
      type: 'PolicyVersionPublished',
      data: {
        policyId: state.policyId,
        versionId,
        publisher: command.actor,
        sequence: state.lastSequence + 1,
        label: command.label,
        ...dates,
        timeZone: rules.timeZone,
        audience: command.audience ?? subjectCategories(statement),
        contents: draft.contents,
        statement,
        change,
        flags: command.flags,
        ...rootsWith(state, place, version),
        draftRevision: draft.revision,
        draftHash: draftHash(draft, sha256),
        publishedAt: at,
      },
    },
  ];
}

/** The roots of a version that takes its place in the timeline, and those that others get by that (rule V6). */
function rootsWith(
  { timeline, withdrawn }: Policy,
  place: number,
  version: Pick<VersionEntry, 'id' | 'change' | 'statement' | 'imported' | 'effectiveFrom'>,
) {
  const roots = rootsAfter(version, rootedPredecessor(timeline, place, version.effectiveFrom));
  // Behind everything, with nothing withdrawn, it changes no other's roots: so each of thousands of imports.
  if (place === timeline.length && !withdrawn) return { roots, rerooted: [] };
  const entry = { kind: 'version', ...version, roots: [{ since: undefined, roots }] } as const;
  const entries: readonly RootedEntry[] = timeline;
  const order = entries.toSpliced(place, 0, entry);
  // An import was always there; a publication precedes what is behind it only once it takes effect (rule T3).
  const since = version.imported ? undefined : version.effectiveFrom;
  return { roots, rerooted: rerootedFrom(order, place, withdrawn ? withdrawalsIn(order) : [], since) };
}

/** P5, V11: the statement, if it and the texts hold all that Art. 13 and 14 demand. */
function completeStatement({ kind, draft }: Policy): ProcessingStatement {
  if (draft.contents.length === 0) throw refuse.draftEmpty();
  const locales = draft.contents.map(({ locale }) => locale);
  const missing = missingFromStatement(kind, draft.statement, locales);
  if (!draft.statement || missing.length > 0) throw refuse.statementIncomplete(missing);
  return draft.statement;
}

/** P7: by somebody who wrote none of it, and not voided by a later edit. */
function assertApproved({ draft }: Policy): void {
  if (!draft.approvals.some((approval) => !isVoid(approval, draft))) throw refuse.approvalMissing();
}

function assertConsentPurposes(renewalPurposes: readonly string[], statement: ProcessingStatement | undefined): void {
  const onConsent = consentPurposes(statement);
  const unknown = renewalPurposes.find((purpose) => !onConsent.includes(purpose));
  if (unknown !== undefined) throw refuse.unknownRenewalPurpose(unknown);
}

/** V10: those who have to be told in advance are the existing subjects, so their date counts where it is another. */
function assertNoticeInAdvance(change: Change, dates: EffectiveDates, at: Instant, zone: string): void {
  if (change.noticeDuty !== 'ACTIVE_IN_ADVANCE') return;
  const { effectiveFrom, effectiveOn, effectiveFromForExisting, effectiveOnForExisting } = dates;
  const effective = effectiveFromForExisting
    ? { from: effectiveFromForExisting, on: effectiveOnForExisting }
    : { from: effectiveFrom, on: effectiveOn };
  if (!leavesNotice(effective, change.noticeLeadDays, at, zone)) {
    throw refuse.noticeTooShort(change.noticeLeadDays, effectiveOn ? 'effectiveOn' : 'effectiveFrom');
  }
}

/** Records a version of the policy's past (rules V7, V8); duties come only from the reasons it gives. */
export function importVersion(command: ImportPolicyVersion, state: Policy): readonly PolicyEvent[] {
  const { versionId, statement, content, at, actor: importer } = command;
  const effectiveFrom = importDate(command, state);
  assertConsentPurposes(command.renewalPurposes, statement);
  const place = placeInTimeline(state.timeline, effectiveFrom);
  const compared = Boolean(statement && precedingVersion(state.timeline, place, effectiveFrom)?.statement);
  const change = changeOf({ ...command, blocking: false, graceDays: 0, changedWords: 0 }, compared, 0);
  const version = { id: versionId, change, ...(statement && { statement }), imported: true, effectiveFrom };
  return [
    {
      type: 'PolicyVersionImported',
      data: {
        policyId: state.policyId,
        versionId,
        importer,
        sequence: state.lastSequence + 1,
        label: command.label,
        effectiveFrom,
        ...(command.effectiveOn && { effectiveOn: command.effectiveOn }),
        timeZone: command.timeZone,
        audience: command.audience ?? (statement ? subjectCategories(statement) : []),
        contents: [content],
        ...(statement && { statement }),
        change,
        flags: command.flags,
        ...rootsWith(state, place, version),
        ...(command.source && { source: command.source }),
        importedAt: at,
      },
    },
  ];
}

function importDate(command: ImportPolicyVersion, state: Policy): Instant {
  const { effectiveFrom, effectiveOn } = command;
  if (effectiveFrom !== undefined && effectiveOn !== undefined) {
    throw refuse.effectiveAmbiguous('effectiveFrom', 'effectiveOn');
  }
  const path = effectiveOn ? 'effectiveOn' : 'effectiveFrom';
  const asked = effectiveOn ? startOfDay(effectiveOn, command.timeZone, 'effectiveOn') : effectiveFrom;
  if (asked === undefined) throw refuse.importDateMissing();
  assertBeforeOwnHistory(asked, command.at, state, path);
  return asked;
}

/** V7: in the past, and before the policy's first own publication. */
function assertBeforeOwnHistory(date: Instant, at: Instant, state: Policy, path: string): void {
  if (date > at) throw refuse.importNotInPast(path);
  if (state.ownSince !== undefined && state.ownSince <= date) throw refuse.importAfterOwnPublication(path);
}

/** Records that in the imported history the policy ended at an instant (rules V4, V8). */
export function importRetirement(command: ImportRetirement, state: Policy): readonly PolicyEvent[] {
  const { retirementId, from, source, at: importedAt } = command;
  assertBeforeOwnHistory(from, importedAt, state, 'from');
  return [
    {
      type: 'PolicyRetirementImported',
      data: { policyId: state.policyId, retirementId, from, ...(source && { source }), importedAt },
    },
  ];
}

/** Takes a wrongly dated import out at every instant, for knowledge from here on (rule V7). */
export function revokeImport(command: RevokeImport, state: Policy): readonly PolicyEvent[] {
  const { entryId, reason, at: revokedAt } = command;
  const place = state.timeline.findLastIndex((entry) => entry.id === entryId);
  const entry = state.timeline[place];
  if (!entry) throw refuse.versionNotFound();
  if (!entry.imported) throw refuse.notAnImport();
  const { policyId } = state;
  if (entry.kind === 'retirement') {
    return [{ type: 'PolicyRetirementImportRevoked', data: { policyId, retirementId: entry.id, reason, revokedAt } }];
  }
  const order = state.timeline.toSpliced(place, 1);
  const rerooted = rerootedFrom(order, place, state.withdrawn ? withdrawalsIn(order) : []);
  return [{ type: 'PolicyVersionImportRevoked', data: { policyId, versionId: entry.id, reason, rerooted, revokedAt } }];
}
