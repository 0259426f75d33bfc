import { type Appended, AppendTooLarge, type Position, StoreUnavailable, WrongExpectedVersion } from '../event-store';
import type { AppendRequest } from './append-request';
import { type Connection, persist } from './connection';
import { DriverFault } from './driver-fault';
import { StreamRemoved } from './store-errors';

export interface AppendLimits {
  /** How long an append of unknown outcome is sent again before it is given up. */
  readonly windowMs: number;
  /** How long one try may take before its client is replaced. */
  readonly answerMs: number;
}

/**
 * Sends one append until its outcome is known. Sending the same ids at the same expectation again is safe: the server
 * answers a repetition with what it stored the first time, also after a crash or a change of leader.
 *
 * @throws WrongExpectedVersion, AppendTooLarge, StreamRemoved, StoreUnavailable
 */
export async function appendEvents(
  connection: Connection,
  limits: AppendLimits,
  request: AppendRequest,
  positionOf: (stream: string, version: number) => Promise<Position | undefined>,
): Promise<Appended> {
  const { stream, expected } = request;
  try {
    const { version, ...answer } = await persist(connection, limits, (client) => client.append(request));
    const position = answer.position ?? (await positionOf(stream, version));
    if (position === undefined) {
      throw new StreamRemoved(stream);
    }
    return { version, position };
  } catch (error) {
    throw error instanceof DriverFault ? refusalOf(error, stream, expected) : error;
  }
}

function refusalOf(fault: DriverFault, stream: string, expected: number): Error {
  switch (fault.kind) {
    case 'conflict':
      return new WrongExpectedVersion(stream, expected, fault.actual);
    case 'too-large':
      return new AppendTooLarge('The event store refused the append as too large.');
    case 'deleted':
      return new StreamRemoved(stream);
    case 'denied':
      return new StoreUnavailable('The event store denies this user the right to append (docs/eventstoredb.md).');
    case 'absent':
    case 'not-ready':
    case 'lost':
    case 'hung':
    case 'dead-client':
    case 'no-such-position':
    case 'unknown':
      return new StoreUnavailable(`The event store failed (${fault.kind}: ${fault.message}).`);
  }
}
