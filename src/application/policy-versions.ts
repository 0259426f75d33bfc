import { lookUpLocale } from '../domain/locale-lookup';
import { effectiveDates } from '../domain/policy/effective-dates';
import { findImpliedConsentClauses } from '../domain/policy/implied-consent';
import type { ImportPolicyVersion, PublishPolicyVersion } from '../domain/policy/policy.commands';
import type { ContentRef, TextFlag, TextFormat } from '../domain/policy/policy.events';
import { type Policy, placeInTimeline } from '../domain/policy/policy.state';
import { assertStatement } from '../domain/policy/statement-checks';
import { precedingVersion } from '../domain/policy/version-in-force';
import type { Instant } from '../domain/time';
import type { Application, RequestContext, Written } from './application';
import { organisationOf } from './organisations';
import { commandPolicy, policyOf, stamped } from './policies';
import { madeBy } from './stream-names';
import { readText, storeText, utf8Of } from './texts';
import { assertReason } from './written-reasons';

type Given<Command, Derived extends keyof Command> = Omit<Command, 'type' | 'actor' | 'at' | 'versionId' | Derived>;

export type VersionPublication = Given<PublishPolicyVersion, 'rules' | 'flags' | 'changedWords'> & {
  readonly policyId: string;
};

/** Publishes the draft as the policy's next version (rules P1 to P8). @throws Refusal NotFound */
export async function publishVersion(
  app: Application,
  request: RequestContext,
  input: VersionPublication,
): Promise<Written> {
  const { policyId, ...publication } = input;
  const { organisationId } = await policyOf(app, policyId);
  const { timeZone, approvalRequired, noticeLeadDays } = await organisationOf(app, organisationId);
  const rules = { timeZone, approvalRequired, noticeLeadDays };
  const operation = 'policyVersionPublish';
  const written = await commandPolicy(app, request, { policyId, operation, input }, async (policy, commandId) => {
    const command = { ...publication, ...stamped(app, request), rules };
    return {
      ...command,
      type: 'PublishPolicyVersion',
      versionId: madeBy(commandId, 'version'),
      flags: await flagsOf(app, organisationId, policy.draft.contents),
      changedWords: await changedWords(app, policy, command),
    };
  });
  return { id: madeBy(written.commandId, 'version'), position: written.position };
}

/** Passages that claim consent by use: to be looked at, never a consent (rule C1). */
export async function flagsOf(
  app: Application,
  organisationId: string,
  contents: readonly ContentRef[],
): Promise<readonly TextFlag[]> {
  const flags: TextFlag[] = [];
  for (const content of contents) {
    const text = await readText(app, organisationId, content);
    for (const { passage } of findImpliedConsentClauses(text)) {
      flags.push({ code: 'IMPLIED_CONSENT_CLAUSE', locale: content.locale, passage });
    }
  }
  return flags;
}

/** V5: how many words differ from the version that precedes; counted only where SPELLING is claimed. */
async function changedWords(
  app: Application,
  policy: Policy,
  command: Omit<PublishPolicyVersion, 'type' | 'versionId' | 'flags' | 'changedWords'>,
): Promise<number> {
  if (!command.reasons.includes('SPELLING') || command.expectedRevision !== policy.draft.revision) return 0;
  const { effectiveFrom } = effectiveDates(command, command.rules.timeZone);
  const predecessor = precedingVersion(policy.timeline, placeInTimeline(policy.timeline, effectiveFrom), effectiveFrom);
  let words = 0;
  for (const content of policy.draft.contents) {
    const before = predecessor && counterpartOf(content, predecessor.contents);
    if (before?.sha256 === content.sha256) continue;
    // A text in a language that was not there is a translation, or else new words from first to last.
    if (!before && command.reasons.includes('TRANSLATION')) continue;
    const from = before ? await readText(app, policy.organisationId, before) : '';
    words += await app.comparer.countWords(from, await readText(app, policy.organisationId, content));
  }
  return words;
}

/** The text of the same language, also under a longer or shorter tag. */
function counterpartOf(content: ContentRef, others: readonly ContentRef[]): ContentRef | undefined {
  const locales = others.map(({ locale }) => locale);
  const found =
    lookUpLocale(locales, content.locale) ?? locales.find((locale) => lookUpLocale([content.locale], locale));
  return others.find(({ locale }) => locale === found);
}

export type VersionImport = Given<ImportPolicyVersion, 'timeZone' | 'content' | 'flags' | 'source'> & {
  readonly policyId: string;
  readonly locale: string;
  readonly format: TextFormat;
  /** Bytes as received, or the text of a client. */
  readonly text: string | Uint8Array;
  readonly charset?: string;
};

/** Records a version of the policy's past (rule V7). @throws Refusal NotFound */
export async function importVersion(app: Application, request: RequestContext, input: VersionImport): Promise<Written> {
  const { policyId, locale, format, text, charset, ...version } = input;
  if (version.statement) assertStatement(version.statement);
  const { organisationId } = await policyOf(app, policyId);
  const { timeZone } = await organisationOf(app, organisationId);
  const bytes = typeof text === 'string' ? utf8Of(text) : text;
  const content = await storeText(app, organisationId, { locale, format, bytes, ...(charset && { charset }) });
  const flags = await flagsOf(app, organisationId, [content]);
  const operation = 'policyVersionImport';
  // The bytes stand in the identity by their hash: they may not be JSON.
  const identified = { ...version, content };
  const written = await commandPolicy(
    app,
    request,
    { policyId, operation, input: identified },
    async (_, commandId) => ({
      ...version,
      ...stamped(app, request),
      type: 'ImportPolicyVersion',
      versionId: madeBy(commandId, 'version'),
      timeZone,
      content,
      flags,
    }),
  );
  return { id: madeBy(written.commandId, 'version'), position: written.position };
}

interface VersionInput {
  readonly policyId: string;
  readonly versionId: string;
}

/** Takes a wrongly dated import out at every instant (rule V7). @throws Refusal NotFound */
export async function revokeImport(
  app: Application,
  request: RequestContext,
  input: VersionInput & { readonly reason: string },
): Promise<Written> {
  const { policyId, versionId: entryId, reason } = input;
  assertReason(reason);
  const operation = 'policyVersionImportRevoke';
  const { position } = await commandPolicy(app, request, { policyId, operation, input, target: entryId }, async () => ({
    type: 'RevokeImport',
    ...stamped(app, request),
    entryId,
    reason,
  }));
  return { id: entryId, position };
}

/** Adds a text in another locale to a version; the version stays the same (rule P6). @throws Refusal NotFound */
export async function addVersionLocale(
  app: Application,
  request: RequestContext,
  input: VersionInput & { readonly locale: string; readonly format: TextFormat; readonly text: string },
): Promise<Written> {
  const { policyId, versionId, locale, format, text } = input;
  const { organisationId } = await policyOf(app, policyId);
  const { approvalRequired } = await organisationOf(app, organisationId);
  const content = await storeText(app, organisationId, { locale, format, bytes: utf8Of(text) });
  const flags = await flagsOf(app, organisationId, [content]);
  const operation = 'policyVersionLocaleAdd';
  const { position } = await commandPolicy(
    app,
    request,
    { policyId, operation, input, target: versionId },
    async () => ({ type: 'AddVersionLocale', ...stamped(app, request), versionId, content, flags, approvalRequired }),
  );
  return { id: versionId, position };
}

/** Withdraws a version from an instant on; it cannot be taken back (rule V3). @throws Refusal NotFound */
export async function withdrawVersion(
  app: Application,
  request: RequestContext,
  input: VersionInput & { readonly from?: Instant; readonly reason: string; readonly voidsDecisions: boolean },
): Promise<Written> {
  const { policyId, ...withdrawal } = input;
  assertReason(withdrawal.reason);
  const { position } = await commandPolicy(
    app,
    request,
    { policyId, operation: 'policyVersionWithdraw', input, target: input.versionId },
    async () => ({ type: 'WithdrawVersion', ...stamped(app, request), ...withdrawal }),
  );
  return { id: input.versionId, position };
}

/** Retires the policy from an instant on (rule V4). @throws Refusal NotFound */
export async function retirePolicy(
  app: Application,
  request: RequestContext,
  input: {
    readonly policyId: string;
    readonly from?: Instant;
    readonly reason: string;
    readonly withdrawScheduled: boolean;
  },
): Promise<Written> {
  const { policyId, ...retirement } = input;
  assertReason(retirement.reason);
  const operation = 'policyRetire';
  return commandPolicy(app, request, { policyId, operation, input }, async (_, commandId) => ({
    type: 'RetirePolicy',
    ...stamped(app, request),
    retirementId: madeBy(commandId, 'retirement'),
    ...retirement,
  }));
}
