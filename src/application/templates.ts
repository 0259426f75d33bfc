import type { AppliedTemplate } from '../domain/policy/policy.commands';
import type { PolicyKind, TemplateVariable, TextFormat } from '../domain/policy/policy.events';
import { templateOfOtherKind, templateVariableMissing } from '../domain/policy/policy.refusals';
import { assertSlug } from '../domain/slug';
import { type Template, type TemplateCommand, variablesOf } from '../domain/template/template.decider';
import { fillTemplate, templateVariables } from '../domain/template/template-variables';
import { templates } from './aggregate';
import type { Application, RequestContext, Written } from './application';
import { identifyCommand } from './command-ids';
import { handleCommand, loadFold } from './handle-command';
import { NotFound } from './not-found';
import { organisationOf } from './organisations';
import { templateIdOf, templateStream } from './stream-names';
import { readText, storeText, utf8Of } from './texts';

export interface TemplateCreation {
  readonly organisationId: string;
  readonly slug: string;
  readonly kind: PolicyKind;
  readonly sharedWith: readonly string[];
}

/** Creates a template that the organisation and those it is shared with may make policies from. */
export async function createTemplate(
  app: Application,
  request: RequestContext,
  input: TemplateCreation,
): Promise<Written> {
  const { organisationId, slug } = input;
  assertSlug(slug);
  for (const organisation of [organisationId, ...input.sharedWith]) await organisationOf(app, organisation);
  const templateId = templateIdOf(organisationId, slug);
  const identity = await identifyCommand(app, request, organisationId, 'policyTemplateCreate', slug, input);
  const command: TemplateCommand = { type: 'CreateTemplate', at: app.now(), templateId, ...input };
  const origin = { organisationId, request };
  const { position } = await handleCommand(app, templates, templateId, origin, { identity, command });
  return { id: templateId, position };
}

export interface TemplateEdit {
  readonly templateId: string;
  readonly expectedRevision: number;
  readonly locale: string;
  readonly format: TextFormat;
  readonly text: string;
}

/** Writes the template's text of one locale; policies made from it are offered the new revision (rule P8). */
export async function editTemplate(app: Application, request: RequestContext, input: TemplateEdit): Promise<Written> {
  const { templateId, expectedRevision, locale, format, text } = input;
  const { organisationId } = await templateOf(app, templateId);
  const content = await storeText(app, organisationId, { locale, format, bytes: utf8Of(text) });
  const identity = await identifyCommand(app, request, organisationId, 'policyTemplateEdit', templateId, input);
  const command: TemplateCommand = {
    type: 'EditTemplateText',
    at: app.now(),
    actor: request.actor,
    expectedRevision,
    content,
    variables: templateVariables(text),
  };
  const origin = { organisationId, request };
  const { position } = await handleCommand(app, templates, templateId, origin, { identity, command });
  return { id: templateId, position };
}

/** The template as it stands at the end of its stream. @throws NotFound */
export async function templateOf(app: Application, templateId: string): Promise<Template> {
  const { state } = await loadFold(app, templates, templateStream(templateId));
  if (state.status === 'absent') throw new NotFound('template');
  return state;
}

/** True for the template's own organisation and those it is shared with. */
export function mayUse(template: Template, organisationId: string): boolean {
  return template.organisationId === organisationId || template.sharedWith.includes(organisationId);
}

interface TemplateUse {
  readonly organisationId: string;
  readonly kind: PolicyKind;
  readonly templateId: string;
  readonly variables: readonly TemplateVariable[];
}

/**
 * The template's texts with the variables filled in, stored as texts of the organisation that uses it. Of the values
 * only those are kept that stand in the texts: what else was sent is in no policy (rule I2).
 * @throws NotFound where the template is not shared with the organisation
 * @throws Refusal TEMPLATE_OF_OTHER_KIND TEMPLATE_VARIABLE_MISSING
 */
export async function filledTemplate(app: Application, use: TemplateUse): Promise<AppliedTemplate> {
  const { organisationId, kind, templateId } = use;
  const template = await templateOf(app, templateId);
  if (!mayUse(template, organisationId)) throw new NotFound('template');
  if (template.kind !== kind) throw templateOfOtherKind(template.kind);
  const given = new Map(use.variables.map(({ name, value }) => [name, value]));
  const variables = variablesOf(template.texts).map((name): TemplateVariable => {
    const value = given.get(name);
    if (value === undefined) throw templateVariableMissing(name);
    return { name, value };
  });
  const contents = [];
  for (const text of template.texts) {
    const filled = fillTemplate(await readText(app, template.organisationId, text), variables);
    const { locale, format } = text;
    contents.push(await storeText(app, organisationId, { locale, format, bytes: utf8Of(filled) }));
  }
  const { revision, authors } = template;
  return { templateId, revision, authors, variables, contents };
}
