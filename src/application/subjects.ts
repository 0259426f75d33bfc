import { Refusal } from '../domain/refusal';
import type { ProfileAsked, SubjectCommand } from '../domain/subject/subject.commands';
import { subjectErased } from '../domain/subject/subject.refusals';
import type { SubjectState } from '../domain/subject/subject.state';
import { assertExternalId, registration } from '../domain/subject/subject-profile';
import type { Instant } from '../domain/time';
import { ERASED } from '../vault/vault';
import { subjects } from './aggregate';
import type { Application, RequestContext, Written } from './application';
import { type CommandIdentity, identifyCommand } from './command-ids';
import { finishErasure } from './erasure-outcomes';
import { type Handled, handleCommands, type Step } from './handle-command';
import { type FactWritten, factWritten } from './late-warnings';
import { NotFound } from './not-found';
import { sent } from './notices';
import { organisationOf } from './organisations';
import { commandPerson, streamTagOf } from './persons';
import { madeBy } from './stream-names';

/** What a person is said to be. Absent: not said. */
export interface SaidProfile {
  readonly categories?: readonly string[];
  /** Null: the person belongs to no customer. */
  readonly customerId?: string | null;
  readonly exempt?: boolean;
}

export interface SubjectRegistration extends SaidProfile {
  readonly organisationId: string;
  /** Absent: an anonymous person. */
  readonly externalId?: string;
  /** Absent: now. What cohort dates compare; counts the first time only. */
  readonly registeredAt?: Instant;
}

export interface SubjectClassification extends SaidProfile {
  readonly subjectId: string;
  readonly occurredAt?: Instant;
}

/**
 * Registers a person. The same external id is the same person, however many ask at once; other values than before are a
 * classification from now on (rule D5). After an erasure the same external id is a new, unconnected person (rule E3).
 *
 * @throws Refusal NotFound (the organisation)
 */
export async function registerSubject(
  app: Application,
  request: RequestContext,
  input: SubjectRegistration,
): Promise<Written> {
  const { organisationId, externalId } = input;
  if (externalId !== undefined) assertExternalId(externalId);
  const registering = await registeringStep(app, request, 'subjectRegister', externalId ?? '', input);
  if (externalId === undefined) return registerAnonymous(app, request, organisationId, registering);
  return registerKnown(app, request, { organisationId, externalId, registering: [registering] });
}

/** A registration that was looked at: whatever is wrong with it is refused before the vault makes anybody. */
export interface Registering {
  readonly identity: CommandIdentity;
  /** All but what the vault says: who it is, and with which key. */
  readonly command: Omit<Extract<SubjectCommand, { type: 'RegisterSubject' }>, 'subjectId' | 'keyId'>;
}

/** @throws Refusal NotFound */
export async function registeringStep(
  app: Application,
  request: RequestContext,
  operation: string,
  target: string,
  input: SubjectRegistration,
  customers = new CustomersAsked(app),
): Promise<Registering> {
  const { organisationId, externalId, registeredAt } = input;
  await organisationOf(app, organisationId);
  const command = {
    type: 'RegisterSubject',
    at: app.now(),
    organisationId,
    anonymous: externalId === undefined,
    ...(await customers.profile(input)),
    ...(registeredAt && { registeredAt }),
  } as const;
  registration(command);
  const identity = await identifyCommand(app, request, organisationId, operation, target, input);
  return { identity, command };
}

/** Looks each customer named up once. */
export class CustomersAsked {
  readonly #known = new Map<string, Promise<string | undefined>>();

  constructor(private readonly app: Application) {}

  async profile({ categories, customerId, exempt }: SaidProfile): Promise<ProfileAsked> {
    const customer = customerId ?? null;
    const found = customer === null ? null : { id: customer, customerOf: await this.#processorOf(customer) };
    return {
      ...(categories && { categories }),
      ...(customerId !== undefined && { customer: found }),
      ...(exempt !== undefined && { exempt }),
    };
  }

  #processorOf(customerId: string): Promise<string | undefined> {
    const known = this.#known.get(customerId) ?? processorOf(this.app, customerId);
    this.#known.set(customerId, known);
    return known;
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

async function processorOf(app: Application, customerId: string): Promise<string | undefined> {
  if (!UUID.test(customerId)) return undefined;
  try {
    return (await organisationOf(app, customerId)).customerOf;
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

async function registerAnonymous(
  app: Application,
  request: RequestContext,
  organisationId: string,
  registering: Registering,
): Promise<Written> {
  const subjectId = madeBy(registering.identity.commandId, 'subject');
  const forgotten = (await app.vault.addAnonymousSubject(subjectId)) === ERASED;
  const handled = await register(app, request, { organisationId, subjectId, registering: [registering], forgotten });
  return { id: subjectId, position: lastOf(handled).position };
}

export interface KnownRegistration {
  readonly organisationId: string;
  readonly externalId: string;
  /** In their order, where one request names the person more than once. */
  readonly registering: readonly Registering[];
  /** As the vault has answered already. */
  readonly subjectId?: string;
}

/** Registers a person of an external id, a new one where an erasure came between. */
export async function registerKnown(
  app: Application,
  request: RequestContext,
  { organisationId, externalId, registering, subjectId: known }: KnownRegistration,
): Promise<Written> {
  const subjectId = known ?? (await app.vault.subjectOf(organisationId, externalId)).id;
  try {
    const handled = await register(app, request, { organisationId, subjectId, registering, forgotten: false });
    return { id: subjectId, position: lastOf(handled).position };
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'SUBJECT_ERASED') throw error;
    await finishErasure(app, request, subjectId);
    const { id } = await app.vault.subjectOf(organisationId, externalId);
    if (id === subjectId) throw error;
    const handled = await register(app, request, { organisationId, subjectId: id, registering, forgotten: false });
    return { id, position: lastOf(handled).position };
  }
}

interface Registered {
  readonly organisationId: string;
  readonly subjectId: string;
  readonly registering: readonly Registering[];
  /** Of an anonymous person who is erased: only what was asked before has an answer. */
  readonly forgotten: boolean;
}

async function register(
  app: Application,
  request: RequestContext,
  { organisationId, subjectId, registering, forgotten }: Registered,
): Promise<readonly Handled[]> {
  const key = forgotten ? undefined : await app.vault.subjectKey(subjectId);
  if (!key && !forgotten) throw subjectErased();
  const streamTag = await streamTagOf(app, subjectId, key);
  const steps = registering.map(({ identity, command }): Step<SubjectState, SubjectCommand> => {
    if (!key) return { identity, command: () => Promise.reject(subjectErased()) };
    return { identity, command: { subjectId, keyId: key.keyId, ...command } };
  });
  return handleCommands(app, subjects, subjectId, { organisationId, request, streamTag }, steps);
}

function lastOf(handled: readonly Handled[]): Handled {
  const last = handled.at(-1);
  if (!last) throw new Error('Nothing was registered.');
  return last;
}

/** Sets what a person is from an instant on: categories, customer, exempt (rules D5, O1). @throws Refusal NotFound */
export async function classifySubject(
  app: Application,
  request: RequestContext,
  input: SubjectClassification,
): Promise<FactWritten> {
  const { subjectId, occurredAt } = input;
  const profile = await new CustomersAsked(app).profile(input);
  const asked = { subjectId, operation: 'subjectClassify', input };
  const handled = await commandPerson(app, request, asked, () => ({
    type: 'ClassifySubject',
    ...sent(app, request),
    ...profile,
    ...(occurredAt && { occurredAt }),
  }));
  return factWritten(app, subjectId, handled, occurredAt);
}

/** From now on no token that was issued to the person before is any good. @throws Refusal NotFound */
export async function revokeSubjectTokens(
  app: Application,
  request: RequestContext,
  input: { readonly subjectId: string },
): Promise<Written> {
  const { subjectId } = input;
  const asked = { subjectId, operation: 'subjectTokensRevoke', input };
  const { position } = await commandPerson(app, request, asked, () => ({ type: 'RevokeTokens', at: app.now() }));
  return { id: subjectId, position };
}
