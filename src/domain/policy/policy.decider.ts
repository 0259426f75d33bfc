import type { Decider } from '../decider';
import { MAX_LOCALES } from '../limits';
import { sameLocale } from '../locale-lookup';
import { laterOf } from '../time';
import { draftHash, isVoid, type Sha256 } from './draft-hash';
import { isLive } from './effective-dates';
import type {
  AddVersionLocale,
  ApplyTemplate,
  ApproveDraft,
  CreatePolicy,
  DiscardDraft,
  EditDraftText,
  PolicyCommand,
  RemoveDraftLocale,
  RetirePolicy,
  SetDraftStatement,
  WithdrawVersion,
} from './policy.commands';
import type { PolicyEvent } from './policy.events';
import * as refuse from './policy.refusals';
import {
  evolvePolicy,
  noPolicy,
  type Policy,
  type PolicyState,
  placeInTimeline,
  type VersionEntry,
} from './policy.state';
import { importRetirement, importVersion, publishVersion, revokeImport } from './publication';
import { rerootedFrom, withdrawalsIn } from './roots';
import { findVersion, isWithdrawn, scheduledVersions, versionInForce } from './version-in-force';

/** The rules of one policy: its draft, its versions and their order (rules P1 to P8, V1 to V11). */
export function policyDecider(sha256: Sha256): Decider<PolicyState, PolicyCommand, PolicyEvent> {
  return { initialState: noPolicy, evolve: evolvePolicy, decide: (command, state) => decide(command, state, sha256) };
}

function decide(command: PolicyCommand, state: PolicyState, sha256: Sha256): readonly PolicyEvent[] {
  if (command.type === 'CreatePolicy') {
    if (state.status === 'existing') throw refuse.policyAlreadyExists();
    return createPolicy(command);
  }
  if (state.status === 'absent') throw new Error(`${command.type} was sent to a policy that does not exist.`);
  return decideLive(notBefore(command, state), state, sha256);
}

/** S5: of two nodes the one whose clock was fast came first; what comes after it in the stream is not earlier. */
function notBefore<C extends PolicyCommand>(command: C, { lastLiveAt }: Policy): C {
  return lastLiveAt === undefined || lastLiveAt <= command.at ? command : { ...command, at: lastLiveAt };
}

function decideLive(
  command: Exclude<PolicyCommand, CreatePolicy>,
  state: Policy,
  sha256: Sha256,
): readonly PolicyEvent[] {
  switch (command.type) {
    case 'SetPolicyTitle':
      return [{ type: 'PolicyTitleSet', data: { policyId: state.policyId, title: command.title, setAt: command.at } }];
    case 'EditDraftText':
      return editDraftText(command, state);
    case 'RemoveDraftLocale':
      return removeDraftLocale(command, state);
    case 'SetDraftStatement':
      return setDraftStatement(command, state);
    case 'ApplyTemplate':
      return applyTemplate(command, state);
    case 'DiscardDraft':
      return discardDraft(command, state);
    case 'ApproveDraft':
      return approveDraft(command, state, sha256);
    case 'PublishPolicyVersion':
      return publishVersion(command, state, sha256);
    case 'ImportPolicyVersion':
      return importVersion(command, state);
    case 'ImportRetirement':
      return importRetirement(command, state);
    case 'RevokeImport':
      return revokeImport(command, state);
    case 'AddVersionLocale':
      return addVersionLocale(command, state);
    case 'WithdrawVersion':
      return withdrawVersion(command, state);
    case 'RetirePolicy':
      return retirePolicy(command, state);
  }
}

function createPolicy(command: CreatePolicy): readonly PolicyEvent[] {
  const { policyId, organisationId, slug, kind, title, sourcePath, template, at } = command;
  const created: PolicyEvent = {
    type: 'PolicyCreated',
    data: {
      policyId,
      organisationId,
      slug,
      kind,
      title,
      ...(template && { templateId: template.templateId, variables: template.variables }),
      ...(sourcePath && { sourcePath }),
      createdAt: at,
    },
  };
  if (!template || template.contents.length === 0) return [created];
  return [created, templateApplied(policyId, template, command.actor, 1, at)];
}

function templateApplied(
  policyId: string,
  template: ApplyTemplate['template'],
  author: string,
  revision: number,
  appliedAt: ApplyTemplate['at'],
): PolicyEvent {
  const { templateId, revision: templateRevision, authors: templateAuthors, contents, variables } = template;
  return {
    type: 'PolicyDraftTemplateApplied',
    data: { policyId, author, templateId, templateRevision, templateAuthors, revision, contents, variables, appliedAt },
  };
}

/** V9: the writer must have seen the draft that it edits. */
function nextRevision(command: { readonly expectedRevision: number }, { draft }: Policy): number {
  if (command.expectedRevision !== draft.revision) throw refuse.staleDraft(draft.revision);
  return draft.revision + 1;
}

function editDraftText(command: EditDraftText, state: Policy): readonly PolicyEvent[] {
  const revision = nextRevision(command, state);
  const { actor: author, content, at: editedAt } = command;
  const isNew = state.draft.contents.every(({ locale }) => locale !== content.locale);
  if (isNew && state.draft.contents.length >= MAX_LOCALES) throw refuse.tooManyLocales(MAX_LOCALES);
  return [{ type: 'PolicyDraftTextEdited', data: { policyId: state.policyId, author, revision, content, editedAt } }];
}

function removeDraftLocale(command: RemoveDraftLocale, state: Policy): readonly PolicyEvent[] {
  const revision = nextRevision(command, state);
  const { actor: author, locale, at: removedAt } = command;
  if (state.draft.contents.every((content) => content.locale !== locale)) throw refuse.localeNotInDraft(locale);
  return [
    { type: 'PolicyDraftLocaleRemoved', data: { policyId: state.policyId, author, revision, locale, removedAt } },
  ];
}

function setDraftStatement(command: SetDraftStatement, state: Policy): readonly PolicyEvent[] {
  const revision = nextRevision(command, state);
  const { actor: author, statement, at: setAt } = command;
  return [{ type: 'PolicyDraftStatementSet', data: { policyId: state.policyId, author, revision, statement, setAt } }];
}

function applyTemplate(command: ApplyTemplate, state: Policy): readonly PolicyEvent[] {
  if (state.template?.id !== command.template.templateId) throw refuse.templateNotUsed();
  const revision = nextRevision(command, state);
  return [templateApplied(state.policyId, command.template, command.actor, revision, command.at)];
}

function discardDraft(command: DiscardDraft, state: Policy): readonly PolicyEvent[] {
  const revision = nextRevision(command, state);
  const { actor: author, at: discardedAt } = command;
  return [{ type: 'PolicyDraftDiscarded', data: { policyId: state.policyId, author, revision, discardedAt } }];
}

function approveDraft(command: ApproveDraft, state: Policy, sha256: Sha256): readonly PolicyEvent[] {
  const { draft, policyId } = state;
  nextRevision(command, state);
  if (draft.contents.length === 0) throw refuse.draftEmpty();
  if (draftHash(draft, sha256) !== command.draftHash) throw refuse.draftHashDiffers();
  const { actor: approver, at: approvedAt } = command;
  if (draft.authors.includes(approver)) throw refuse.approverIsAuthor();
  if (draft.approvals.some((approval) => approval.approver === approver && !isVoid(approval, draft))) {
    throw refuse.alreadyApproved();
  }
  const { revision } = draft;
  return [
    {
      type: 'PolicyDraftApproved',
      data: { policyId, approver, revision, draftHash: command.draftHash, approvedAt },
    },
  ];
}

function addVersionLocale(command: AddVersionLocale, state: Policy): readonly PolicyEvent[] {
  const { versionId, content, flags, actor: author, at: addedAt } = command;
  const version = findVersion(state, versionId);
  if (!version) throw refuse.versionNotFound();
  if (isWithdrawn(version, command.at)) throw refuse.versionAlreadyWithdrawn();
  if (version.contents.some(({ locale }) => sameLocale(locale, content.locale))) {
    throw refuse.localeAlreadyPublished(content.locale);
  }
  if (version.contents.length >= MAX_LOCALES) throw refuse.tooManyLocales(MAX_LOCALES);
  if (command.approvalRequired && version.authors.includes(author)) throw refuse.localeAddedByAuthor();
  return [
    {
      type: 'PolicyVersionLocaleAdded',
      data: { policyId: state.policyId, versionId, author, content, flags, addedAt },
    },
  ];
}

function withdrawVersion(command: WithdrawVersion, state: Policy): readonly PolicyEvent[] {
  const version = findVersion(state, command.versionId);
  if (!version) throw refuse.versionNotFound();
  if (version.withdrawal) throw refuse.versionAlreadyWithdrawn();
  return [withdrawn(state, version, effectFrom(command), command)];
}

function withdrawn(
  state: Policy,
  version: VersionEntry,
  from: WithdrawVersion['at'],
  command: Pick<WithdrawVersion, 'reason' | 'at'> & { readonly voidsDecisions?: boolean },
): PolicyEvent {
  const place = state.timeline.indexOf(version);
  const { reason, at: withdrawnAt, voidsDecisions = false } = command;
  const after = state.timeline.with(place, { ...version, withdrawal: { from, voidsDecisions, withdrawnAt } });
  const rerooted = rerootedFrom(after, place + 1, withdrawalsIn(after), from);
  return {
    type: 'PolicyVersionWithdrawn',
    data: { policyId: state.policyId, versionId: version.id, from, reason, voidsDecisions, rerooted, withdrawnAt },
  };
}

/** V3: at its recording at the earliest; an instant further back than the live window is refused. */
function effectFrom(command: Pick<WithdrawVersion, 'from' | 'at'>): WithdrawVersion['at'] {
  if (command.from !== undefined && !isLive(command.from, command.at)) throw refuse.fromInPast();
  return laterOf(command.from ?? command.at, command.at);
}

function retirePolicy(command: RetirePolicy, state: Policy): readonly PolicyEvent[] {
  const from = effectFrom(command);
  const scheduled = scheduledVersions(state, command.at);
  if (scheduled.length > 0 && !command.withdrawScheduled) throw refuse.versionScheduled();
  const { events, state: rest } = withdrawAll(state, scheduled, command);
  assertSomethingInForce(rest, from);
  const { retirementId, reason, at: retiredAt } = command;
  return [
    ...events,
    { type: 'PolicyRetired', data: { policyId: state.policyId, retirementId, from, reason, retiredAt } },
  ];
}

function withdrawAll(
  state: Policy,
  versions: readonly VersionEntry[],
  command: RetirePolicy,
): { readonly events: readonly PolicyEvent[]; readonly state: Policy } {
  const events: PolicyEvent[] = [];
  let rest = state;
  // Latest first: nothing behind a withdrawn version is then left to get other roots.
  for (const { id } of versions.toReversed()) {
    const version = findVersion(rest, id);
    if (!version) continue;
    const event = withdrawn(rest, version, command.at, command);
    events.push(event);
    rest = evolvePolicy(rest, event) as Policy;
  }
  return { events, state: rest };
}

function assertSomethingInForce(state: Policy, at: RetirePolicy['at']): void {
  const inForce = versionInForce(state, at);
  const later = state.timeline.slice(placeInTimeline(state.timeline, at));
  const retiredLater = later.some((entry): entry is never => entry.kind === 'retirement');
  if (inForce.code === 'RETIRED' || retiredLater) throw refuse.alreadyRetired();
  if (inForce.code !== 'VERSION_IN_FORCE') throw refuse.nothingToRetire();
}
