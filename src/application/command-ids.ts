import { createHmac } from 'node:crypto';
import { v5 as uuidv5, v7 as uuidv7 } from 'uuid';
import { canonicalJson } from '../domain/canonical-json';
import type { Application, RequestContext } from './application';

/** What a command is known by, and what its repetition must equal (rules I1, I2). */
export interface CommandIdentity {
  readonly commandId: string;
  /** Keyed hash of the whole input; undefined without an idempotency key. */
  readonly digest?: string;
}

const COMMANDS = '7b0c8b0e-3f5e-5b39-9c6e-5a6d74796b6b';

/**
 * The identity of a command within an organisation, under its pepper. A caller's key is scoped to caller, operation
 * and target, and is not kept: command id = UUIDv5(HMAC(pepper, organisation | caller | operation | target | key)).
 */
export async function identifyCommand(
  app: Application,
  request: RequestContext,
  organisationId: string,
  operation: string,
  target: string,
  input: unknown,
): Promise<CommandIdentity> {
  if (request.idempotencyKey === undefined) return { commandId: uuidv7() };
  const pepper = await app.vault.pepperOf(organisationId);
  return identityUnder(pepper, request, { organisationId, operation, target, input });
}

/** What a command does, to what, with which input. */
export interface Operation {
  readonly organisationId: string;
  readonly operation: string;
  readonly target: string;
  readonly input: unknown;
}

/** The same under another key: commands about a person stand under the person's, and are forgotten with it (I2, E1). */
export function identityUnder(key: Uint8Array, request: RequestContext, command: Operation): CommandIdentity {
  const { idempotencyKey } = request;
  if (idempotencyKey === undefined) return { commandId: uuidv7() };
  const { organisationId, operation, target, input } = command;
  const scope = canonicalJson([organisationId, request.actor, operation, target, idempotencyKey]);
  return {
    commandId: commandIdOf(key, scope),
    digest: keyedHash(key, canonicalJson(input)),
  };
}

/** The id of a command that is known by what it says: said again, it is the same command. */
export function commandIdOf(key: Uint8Array, text: string): string {
  return uuidv5(keyedHash(key, text), COMMANDS);
}

export function keyedHash(key: Uint8Array, text: string): string {
  return createHmac('sha256', key).update(text, 'utf8').digest('base64url');
}

/** Ids of a command's events: the same when it is tried again, and never those of another stream (rule I1). */
export function eventId(commandId: string, stream: string, index: number): string {
  return uuidv5(`${stream}/${index}`, commandId);
}
