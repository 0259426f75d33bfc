import type { TemplateVariable, TextFormat } from '../domain/policy/policy.events';
import { templateNotUsed, templateRevisionNotOffered } from '../domain/policy/policy.refusals';
import type { ProcessingStatement } from '../domain/policy/processing-statement';
import { assertStatement } from '../domain/policy/statement-checks';
import { Refusal } from '../domain/refusal';
import type { Application, RequestContext, Written } from './application';
import { commandPolicy, policyOf, stamped } from './policies';
import { filledTemplate, templateOf } from './templates';
import { storeText, utf8Of } from './texts';

/** Every edit of a draft names the revision that its writer saw (rule V9). */
interface DraftInput {
  readonly policyId: string;
  readonly expectedRevision: number;
}

export interface DraftTextEdit extends DraftInput {
  readonly locale: string;
  readonly format: TextFormat;
  readonly text: string;
}

/** Writes the draft's text of one locale. @throws Refusal NotFound */
export async function editDraftText(app: Application, request: RequestContext, input: DraftTextEdit): Promise<Written> {
  const { policyId, expectedRevision, locale, format, text } = input;
  if (text.trim() === '') throw new Refusal('TEXT_EMPTY', 'The text is empty.', 'P1', { path: ['text'] });
  const { organisationId } = await policyOf(app, policyId);
  const content = await storeText(app, organisationId, { locale, format, bytes: utf8Of(text) });
  return commandPolicy(app, request, { policyId, operation: 'policyDraftEdit', input }, async () => ({
    type: 'EditDraftText',
    ...stamped(app, request),
    expectedRevision,
    content,
  }));
}

/** Takes one locale's text out of the draft. @throws Refusal NotFound */
export function removeDraftLocale(
  app: Application,
  request: RequestContext,
  input: DraftInput & { readonly locale: string },
): Promise<Written> {
  const { policyId, expectedRevision, locale } = input;
  return commandPolicy(app, request, { policyId, operation: 'policyDraftLocaleRemove', input }, async () => ({
    type: 'RemoveDraftLocale',
    ...stamped(app, request),
    expectedRevision,
    locale,
  }));
}

/** Sets the whole processing statement of the draft. @throws Refusal NotFound */
export async function setDraftStatement(
  app: Application,
  request: RequestContext,
  input: DraftInput & { readonly statement: ProcessingStatement },
): Promise<Written> {
  const { policyId, expectedRevision, statement } = input;
  assertStatement(statement);
  return commandPolicy(app, request, { policyId, operation: 'policyDraftStatementSet', input }, async () => ({
    type: 'SetDraftStatement',
    ...stamped(app, request),
    expectedRevision,
    statement,
  }));
}

/** Takes the draft back to what was last published, or to nothing. @throws Refusal NotFound */
export function discardDraft(app: Application, request: RequestContext, input: DraftInput): Promise<Written> {
  const { policyId, expectedRevision } = input;
  return commandPolicy(app, request, { policyId, operation: 'policyDraftDiscard', input }, async () => ({
    type: 'DiscardDraft',
    ...stamped(app, request),
    expectedRevision,
  }));
}

/** Approves exactly the draft that `draftHash` names (rule P7). @throws Refusal NotFound */
export function approveDraft(
  app: Application,
  request: RequestContext,
  input: DraftInput & { readonly draftHash: string },
): Promise<Written> {
  const { policyId, expectedRevision, draftHash } = input;
  return commandPolicy(app, request, { policyId, operation: 'policyDraftApprove', input }, async () => ({
    type: 'ApproveDraft',
    ...stamped(app, request),
    expectedRevision,
    draftHash,
  }));
}

export interface TemplateOfferApplication extends DraftInput {
  readonly templateRevision: number;
  /** Absent: the values that the policy has. */
  readonly variables?: readonly TemplateVariable[];
}

/** Takes the offered revision of the policy's template over into its draft (rule P8). @throws Refusal NotFound */
export function applyTemplateOffer(
  app: Application,
  request: RequestContext,
  input: TemplateOfferApplication,
): Promise<Written> {
  const { policyId, expectedRevision, templateRevision } = input;
  return commandPolicy(app, request, { policyId, operation: 'policyTemplateOfferApply', input }, async (policy) => {
    if (!policy.template) throw templateNotUsed();
    const { id: templateId, variables: current } = policy.template;
    const { revision } = await templateOf(app, templateId);
    if (revision !== templateRevision) throw templateRevisionNotOffered(revision);
    const { organisationId, kind } = policy;
    const variables = input.variables ?? current;
    const template = await filledTemplate(app, { organisationId, kind, templateId, variables });
    return { type: 'ApplyTemplate', ...stamped(app, request), expectedRevision, template };
  });
}
