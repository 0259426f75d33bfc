import type { AmendOrganisation, RegisterOrganisation } from '../domain/organisation/organisation.commands';
import type { Organisation } from '../domain/organisation/organisation.decider';
import { assertSlug } from '../domain/slug';
import { organisations } from './aggregate';
import type { Application, RequestContext, Written } from './application';
import { identifyCommand } from './command-ids';
import { handleCommand, loadFold } from './handle-command';
import { NotFound } from './not-found';
import { organisationIdOf, organisationStream } from './stream-names';

export type OrganisationRegistration = Omit<RegisterOrganisation, 'type' | 'at' | 'organisationId'>;
export type OrganisationAmendment = Omit<AmendOrganisation, 'type' | 'at'> & { readonly organisationId: string };

/** Registers an organisation under a slug that no other has. @throws Refusal NotFound (the processor) */
export async function registerOrganisation(
  app: Application,
  request: RequestContext,
  input: OrganisationRegistration,
): Promise<Written> {
  assertSlug(input.slug);
  const organisationId = organisationIdOf(app.logId, input.slug);
  if (input.customerOf !== undefined) await organisationOf(app, input.customerOf);
  const identity = await identifyCommand(app, request, organisationId, 'organisationRegister', input.slug, input);
  const command: RegisterOrganisation = { type: 'RegisterOrganisation', at: app.now(), organisationId, ...input };
  const origin = { organisationId, request };
  const { position } = await handleCommand(app, organisations, organisationId, origin, { identity, command });
  return { id: organisationId, position };
}

/** Records what differs from what is registered. @throws Refusal NotFound */
export async function amendOrganisation(
  app: Application,
  request: RequestContext,
  input: OrganisationAmendment,
): Promise<Written> {
  const { organisationId, ...amendment } = input;
  await organisationOf(app, organisationId);
  const operation = 'organisationAmend';
  const identity = await identifyCommand(app, request, organisationId, operation, organisationId, input);
  const command: AmendOrganisation = { type: 'AmendOrganisation', at: app.now(), ...amendment };
  const origin = { organisationId, request };
  const { position } = await handleCommand(app, organisations, organisationId, origin, { identity, command });
  return { id: organisationId, position };
}

/** The organisation as it stands at the end of its stream. @throws NotFound */
export async function organisationOf(app: Application, organisationId: string): Promise<Organisation> {
  const { state } = await loadFold(app, organisations, organisationStream(organisationId));
  if (state.status === 'absent') throw new NotFound('organisation');
  return state;
}
