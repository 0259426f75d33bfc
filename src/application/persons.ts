import { findVersion } from '../domain/policy/version-in-force';
import type { OnPolicy, SubjectCommand } from '../domain/subject/subject.commands';
import { subjectErased } from '../domain/subject/subject.refusals';
import { customersOf, isErased, type Subject, type SubjectState } from '../domain/subject/subject.state';
import { type SubjectKey, SubjectKeyGone } from '../vault/vault';
import { subjects } from './aggregate';
import type { Application, RequestContext } from './application';
import { type CommandIdentity, eventId, identifyCommand, identityUnder } from './command-ids';
import { type Handled, handleCommand, loadFold } from './handle-command';
import { NotFound } from './not-found';
import { organisationOf } from './organisations';
import { policyOf } from './policies';
import { subjectStream } from './stream-names';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The person as they stand at the end of their stream. @throws NotFound */
export async function personOf(app: Application, subjectId: string): Promise<Subject> {
  if (!UUID.test(subjectId)) throw new NotFound('subject');
  const { state } = await loadFold(app, subjects, subjectStream(subjectId));
  return registered(state);
}

export function registered(state: SubjectState): Subject {
  if (state.status === 'absent') throw new NotFound('subject');
  return state;
}

/**
 * The policy that a fact about a person names, with the zone its dates are reckoned in. One of an organisation that is
 * neither theirs nor ever was their customer is as if absent (rule O1).
 *
 * @param versionId must be a version of it, or an import that was taken out again: what was shown is not offered any more
 * @throws NotFound
 */
export async function policyFor(
  app: Application,
  person: Subject,
  policyId: string,
  versionId?: string,
): Promise<OnPolicy> {
  if (!UUID.test(policyId)) throw new NotFound('policy');
  const policy = await policyOf(app, policyId);
  const owners = [person.organisationId, ...customersOf(person)];
  if (!owners.includes(policy.organisationId)) throw new NotFound('policy');
  const isOfIt = (id: string) => findVersion(policy, id) !== undefined || policy.takenOut.includes(id);
  if (versionId !== undefined && !isOfIt(versionId)) throw new NotFound('version');
  const { timeZone } = await organisationOf(app, policy.organisationId);
  return { policy, zone: timeZone };
}

export interface PersonRequest {
  readonly subjectId: string;
  /** Name of the mutation: part of what an idempotency key is scoped to. */
  readonly operation: string;
  readonly input: unknown;
  /**
   * Whose key the command's id stands under. `organisation` for what must be known again after the person is forgotten:
   * registrations, erasures and holds (rule I2).
   */
  readonly under?: 'person' | 'organisation';
}

/** Encrypts a field of the one event that the command makes. */
export type Seal = (type: string, field: string, text: string) => string;

/** Sends a command, made from the state it meets, to a person. @throws Refusal NotFound */
export async function commandPerson(
  app: Application,
  request: RequestContext,
  asked: PersonRequest,
  command: (person: Subject, seal: Seal) => Promise<SubjectCommand> | SubjectCommand,
): Promise<Handled> {
  try {
    return await commandOnce(app, request, asked, command);
  } catch (error) {
    // Erased meanwhile, or slower than a key may be held: the second time says which.
    if (!(error instanceof SubjectKeyGone)) throw error;
    return commandOnce(app, request, asked, command);
  }
}

async function commandOnce(
  app: Application,
  request: RequestContext,
  { subjectId, operation, input, under = 'person' }: PersonRequest,
  command: (person: Subject, seal: Seal) => Promise<SubjectCommand> | SubjectCommand,
): Promise<Handled> {
  const { organisationId } = await personOf(app, subjectId);
  const key = await app.vault.subjectKey(subjectId);
  const identified = { organisationId, operation, target: subjectId, input };
  const identity =
    under === 'person'
      ? identityUnder(existingKey(key).commandKey, request, identified)
      : await identifyCommand(app, request, organisationId, operation, subjectId, input);
  const origin = { organisationId, request, streamTag: await streamTagOf(app, subjectId, key) };
  return handleCommand(app, subjects, subjectId, origin, {
    identity,
    command: async (state) => {
      const person = registered(state);
      if (isErased(person)) throw subjectErased();
      return command(person, sealing(existingKey(key), subjectStream(subjectId), identity));
    },
  });
}

/** No key: the vault has forgotten the person, and the log will say so as soon as the outcome is recorded (rule E2). */
function existingKey(key: SubjectKey | undefined): SubjectKey {
  if (!key) throw subjectErased();
  return key;
}

function sealing(key: SubjectKey, stream: string, { commandId }: CommandIdentity): Seal {
  return (type, field, text) => key.seal({ stream, eventId: eventId(commandId, stream, 0), type, field }, text);
}

/** How the ledger names a person's stream (rule L1); without the key, as the stream's events say themselves. */
export async function streamTagOf(app: Application, subjectId: string, key: SubjectKey | undefined): Promise<string> {
  const stream = subjectStream(subjectId);
  if (key) return key.streamTag(stream);
  for await (const { metadata } of app.store.readStream(stream, { limit: 1 })) {
    if (typeof metadata.streamTag === 'string') return metadata.streamTag;
  }
  throw new Error(`${stream} bears no tag.`);
}
