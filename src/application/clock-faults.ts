import { v7 as uuidv7 } from 'uuid';
import type { ClockFaultRecorded } from '../domain/clock/clock.events';
import { Refusal } from '../domain/refusal';
import type { JsonObject, Position } from '../event-store/event-store';
import type { Application, RequestContext } from './application';
import { eventId } from './command-ids';
import { eventMetadata } from './handle-command';
import { readPosition } from './position-text';

/**
 * Records that the store's clock was wrong between two positions: from here on they no longer count for the log's
 * clock (rule S4). It cannot be taken back.
 *
 * @throws Refusal BAD_POSITION, CLOCK_FAULT_BACKWARDS
 */
export async function recordClockFault(
  app: Application,
  request: RequestContext,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<Position> {
  const first = positionNamed(app, from, 'from');
  const last = positionNamed(app, to, 'to');
  if (app.store.comparePositions(first, last) > 0) {
    throw new Refusal('CLOCK_FAULT_BACKWARDS', 'The first position lies after the last.', 'S4', { path: ['to'] });
  }
  const stream = `clock-${uuidv7()}`;
  const commandId = uuidv7();
  const data: ClockFaultRecorded['data'] = { from: first, to: last, notedAt: app.now() };
  const event = {
    id: eventId(commandId, stream, 0),
    type: 'ClockFaultRecorded' satisfies ClockFaultRecorded['type'],
    data: { ...data } as JsonObject,
    metadata: eventMetadata(app, stream, { request }, { commandId }),
  };
  const { position } = await app.store.append(stream, [event], 0);
  return position;
}

function positionNamed(app: Application, text: string, path: string): Position {
  const read = readPosition(app.logId, text);
  if ('position' in read && app.store.isPosition(read.position)) return read.position;
  throw new Refusal('BAD_POSITION', 'This is not a position of this log.', 'S4', { path: [path] });
}
