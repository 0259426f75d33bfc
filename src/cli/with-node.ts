import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { RequestContext } from '../application/application';
import type { Doors, Node, NodeOptions } from './doors';

/** Opens the installation for one command and closes it however the command ends. */
export async function withNode<T>(
  doors: Doors,
  work: (node: Node) => Promise<T>,
  options: NodeOptions = {},
): Promise<T> {
  const node = await doors.openNode(options);
  try {
    return await work(node);
  } finally {
    await node.close();
  }
}

const COMMAND_LINE = 'urn:samtykke:command-line';

/** Who works at this terminal. The account's name is sealed in the vault; events carry a random id. */
export async function requestOf(node: Node): Promise<RequestContext> {
  const name = accountName();
  const actor = await node.app.vault.actorOf({ issuer: COMMAND_LINE, claim: name, name });
  return { actor, correlationId: randomUUID() };
}

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    // An account without an entry in the user database, as in some containers.
    return 'unnamed';
  }
}
