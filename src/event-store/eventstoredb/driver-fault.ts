/**
 * What went wrong at the database, in the adapter's own words: no error of the driver goes further than `driver.ts`.
 *
 * - `conflict`: another writer was first; `actual` is the number of events in the stream
 * - `too-large`, `denied`, `deleted`: a definite refusal
 * - `absent`: the stream does not exist
 * - `not-ready`: the server answers but cannot serve now (starting, busy, no leader); the connection is good
 * - `lost`: the connection broke or the server gave up; whether an append was stored is unknown
 * - `hung`: no answer in our own time limit; the outcome is unknown and the client is not to be trusted
 * - `dead-client`: this client fails for ever (its discovery failed once) and must be replaced
 * - `no-such-position`: the place a read of the log starts from is no record of it
 * - `unknown`: the server said no more than that
 */
export type FaultKind =
  | 'conflict'
  | 'too-large'
  | 'denied'
  | 'deleted'
  | 'absent'
  | 'not-ready'
  | 'lost'
  | 'hung'
  | 'dead-client'
  | 'no-such-position'
  | 'unknown';

export class DriverFault extends Error {
  override readonly name = 'DriverFault';
  constructor(
    readonly kind: FaultKind,
    message: string,
    readonly actual = 0,
  ) {
    super(message);
  }
}

/** Kinds after which the same request may succeed, and after which the outcome of an append is unknown. */
export function isTransient(fault: DriverFault): boolean {
  switch (fault.kind) {
    case 'not-ready':
    case 'lost':
    case 'hung':
    case 'dead-client':
    case 'unknown':
      return true;
    case 'conflict':
    case 'too-large':
    case 'denied':
    case 'deleted':
    case 'absent':
    case 'no-such-position':
      return false;
  }
}

/** Kinds after which the client itself has to be replaced. */
export function needsNewClient(fault: DriverFault): boolean {
  return fault.kind === 'dead-client' || fault.kind === 'hung';
}
