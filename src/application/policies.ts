import type { PolicyCommand } from '../domain/policy/policy.commands';
import type { PolicyKind, TemplateVariable } from '../domain/policy/policy.events';
import type { Policy, PolicyState } from '../domain/policy/policy.state';
import type { LocalisedText } from '../domain/policy/processing-statement';
import { assertSlug } from '../domain/slug';
import { policies } from './aggregate';
import type { Application, RequestContext, Written } from './application';
import { identifyCommand } from './command-ids';
import { handleCommand, loadFold } from './handle-command';
import { NotFound } from './not-found';
import { organisationOf } from './organisations';
import { policyIdOf, policyStream } from './stream-names';
import { filledTemplate } from './templates';
import { sealingReasons } from './written-reasons';

export interface PolicyCreation {
  readonly organisationId: string;
  readonly slug: string;
  readonly kind: PolicyKind;
  /** In the organisation's default locale. */
  readonly title: string;
  readonly templateId?: string;
  readonly variables?: readonly TemplateVariable[];
  readonly sourcePath?: string;
}

/** Creates a policy with an empty draft, or one filled from a template. @throws Refusal NotFound */
export async function createPolicy(app: Application, request: RequestContext, input: PolicyCreation): Promise<Written> {
  const { organisationId, slug, kind, sourcePath, templateId, variables = [] } = input;
  assertSlug(slug);
  const { defaultLocale } = await organisationOf(app, organisationId);
  const policyId = policyIdOf(organisationId, slug);
  const identity = await identifyCommand(app, request, organisationId, 'policyCreate', slug, input);
  const command = async (): Promise<PolicyCommand> => ({
    type: 'CreatePolicy',
    actor: request.actor,
    at: app.now(),
    policyId,
    organisationId,
    slug,
    kind,
    title: { locale: defaultLocale, text: input.title },
    ...(sourcePath && { sourcePath }),
    ...(templateId && { template: await filledTemplate(app, { organisationId, kind, templateId, variables }) }),
  });
  const origin = { organisationId, request };
  const { position } = await handleCommand(app, policies, policyId, origin, { identity, command });
  return { id: policyId, position };
}

/** Sets the policy's title in one locale; titles are no part of a version. @throws NotFound */
export function setPolicyTitle(
  app: Application,
  request: RequestContext,
  input: { readonly policyId: string; readonly title: LocalisedText },
): Promise<Written> {
  const { policyId, title } = input;
  return commandPolicy(app, request, { policyId, operation: 'policyTitleSet', input }, async () => ({
    type: 'SetPolicyTitle',
    ...stamped(app, request),
    title,
  }));
}

/** Who sends a command and when it arrived. */
export function stamped(app: Application, request: RequestContext) {
  return { actor: request.actor, at: app.now() };
}

/** The policy as it stands at the end of its stream, its draft included. @throws NotFound */
export async function policyOf(app: Application, policyId: string): Promise<Policy> {
  const { state } = await loadFold(app, policies, policyStream(policyId));
  return existing(state);
}

export function existing(state: PolicyState): Policy {
  if (state.status === 'absent') throw new NotFound('policy');
  return state;
}

interface PolicyRequest {
  readonly policyId: string;
  /** Name of the mutation: part of what an idempotency key is scoped to. */
  readonly operation: string;
  readonly input: unknown;
  /** The version or template concerned, where it is not the policy itself. */
  readonly target?: string;
}

/** Sends a command, made from the state it meets, to an existing policy; a reason in it is stored sealed (rule I2). */
export async function commandPolicy(
  app: Application,
  request: RequestContext,
  { policyId, operation, input, target = policyId }: PolicyRequest,
  command: (policy: Policy, commandId: string) => Promise<PolicyCommand>,
): Promise<Written & { readonly commandId: string }> {
  const { organisationId } = await policyOf(app, policyId);
  const identity = await identifyCommand(app, request, organisationId, operation, target, input);
  const { position } = await handleCommand(
    app,
    policies,
    policyId,
    { organisationId, request },
    {
      identity,
      command: (state) => command(existing(state), identity.commandId),
      toStore: sealingReasons(app.vault, organisationId),
    },
  );
  return { id: policyId, position, commandId: identity.commandId };
}
