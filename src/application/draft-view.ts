import type { Organisation } from '../domain/organisation/organisation.decider';
import { type Implied, impliedChange } from '../domain/policy/classification';
import { missingFromStatement } from '../domain/policy/completeness';
import { draftHash, isVoid } from '../domain/policy/draft-hash';
import { noticeDuty } from '../domain/policy/duties';
import type { NoticeDuty, TextFlag } from '../domain/policy/policy.events';
import type { Approval, Policy, VersionEntry } from '../domain/policy/policy.state';
import { precedingVersion } from '../domain/policy/version-in-force';
import type { Instant } from '../domain/time';
import { sha256Hex } from './aggregate';
import type { Application } from './application';
import { flagsOf } from './policy-versions';

/** What an editor sees of a draft beside its texts: what its publication would imply, and what it still lacks. */
export interface DraftView {
  readonly hash: string;
  readonly approvals: readonly (Approval & { readonly void: boolean })[];
  /** The version it would replace: the last in effective order, scheduled ones included. */
  readonly replaces: VersionEntry | undefined;
  readonly implied: Implied;
  readonly impliedNotice: NoticeDuty;
  /** Days of notice that the organisation's setting and the implied duty demand; 0 where none. */
  readonly impliedLeadDays: number;
  readonly missing: readonly string[];
}

/** The view of a draft under the settings that its organisation has where it is looked at. */
export function viewDraft(
  policy: Policy,
  { noticeLeadDays }: Pick<Organisation, 'noticeLeadDays'>,
  at: Instant,
): DraftView {
  const { draft, timeline, kind } = policy;
  const replaces = precedingVersion(timeline, timeline.length, at);
  const implied = impliedChange(replaces, draft);
  const impliedNotice = noticeDuty(implied.reasons);
  const locales = draft.contents.map(({ locale }) => locale);
  return {
    hash: draftHash(draft, sha256Hex),
    approvals: draft.approvals.map((approval) => ({ ...approval, void: isVoid(approval, draft) })),
    replaces,
    implied,
    impliedNotice,
    impliedLeadDays: impliedNotice === 'ACTIVE_IN_ADVANCE' ? noticeLeadDays : 0,
    missing: [...(locales.length > 0 ? [] : ['text']), ...missingFromStatement(kind, draft.statement, locales)],
  };
}

/** Passages of the draft's texts to look at before it is published. */
export function draftFlags(app: Application, policy: Policy): Promise<readonly TextFlag[]> {
  return flagsOf(app, policy.organisationId, policy.draft.contents);
}
