import { decodeOpaque, encodeOpaque } from '../application/opaque-text';
import { readPosition } from '../application/position-text';
import type { Instant } from '../domain/time';
import { parseInstant, UnreadableTime } from '../domain/time';
import type { Position } from '../event-store/event-store';
import type { PartialStep } from '../read-models/policy-changes';
import { apiError } from './errors';

/** The store's own position. @throws BAD_POSITION when it is malformed or another log's */
export function decodePosition(logId: string, text: string): Position {
  const read = readPosition(logId, text);
  if ('position' in read) return read.position;
  const other = read.fault === 'of-another-log';
  throw apiError('BAD_POSITION', other ? 'This is a position of another log.' : 'This is not a position of this log.');
}

/** A place in log and clock, as clients give it back in `after` of a subscription (rule O4). */
export interface ChangeCursor {
  readonly position: Position;
  readonly t: Instant;
  readonly partial?: PartialStep;
}

export function encodeChangeCursor(logId: string, { position, t, partial }: ChangeCursor): string {
  return encodeOpaque([logId, position, t, ...(partial ? [partialText(partial)] : [])]);
}

/** @throws BAD_CURSOR when it is malformed or another log's */
export function decodeChangeCursor(logId: string, text: string): ChangeCursor {
  const parts = decodeOpaque(text);
  if (!Array.isArray(parts) || parts.length < 3 || parts.length > 4) throw badCursor();
  const [log, position, at, partialAt]: readonly unknown[] = parts;
  if (log !== logId || typeof position !== 'string' || typeof at !== 'string') throw badCursor();
  const t = instantOf(at);
  if (partialAt === undefined) return { position: position as Position, t };
  return { position: position as Position, t, partial: partialOf(partialAt) };
}

function badCursor() {
  return apiError('BAD_CURSOR', 'This is not a cursor of this log.');
}

function instantOf(text: string): Instant {
  try {
    return parseInstant(text);
  } catch (error) {
    if (error instanceof UnreadableTime) throw badCursor();
    throw error;
  }
}

function partialText(partial: PartialStep): string {
  return partial.of === 'event' ? `e${partial.delivered}` : `i${partial.policy}`;
}

function partialOf(text: unknown): PartialStep {
  if (typeof text !== 'string') throw badCursor();
  if (/^e\d{1,9}$/.test(text)) return { of: 'event', delivered: Number(text.slice(1)) };
  if (/^i.{1,64}$/.test(text)) return { of: 'instant', policy: text.slice(1) };
  throw badCursor();
}

/**
 * A place in `policyNotices`: as a place in log and clock, and up to where a person's obligations have been told. A
 * cursor of a stamp or of `policyChanges` is such a place, too: everything up to it has been told.
 */
export interface NoticeCursor {
  readonly changes: ChangeCursor;
  readonly told: ToldPlace;
}

/** Obligations are told by what differs between two moments; of the last such step only some items may have been sent. */
export interface ToldPlace {
  readonly upTo: CursorMoment;
  readonly step?: {
    /** Absent: from nothing, at login. */
    readonly from?: CursorMoment;
    readonly delivered: number;
  };
}

export interface CursorMoment {
  readonly position: Position;
  readonly t: Instant;
}

export function encodeNoticeCursor(logId: string, { changes, told: { upTo, step } }: NoticeCursor): string {
  const from = step?.from;
  return encodeOpaque([
    logId,
    changes.position,
    changes.t,
    changes.partial ? partialText(changes.partial) : '',
    upTo.position,
    upTo.t,
    ...(step ? [step.delivered, ...(from ? [from.position, from.t] : [])] : []),
  ]);
}

/** @throws BAD_CURSOR when it is malformed or another log's */
export function decodeNoticeCursor(logId: string, text: string): NoticeCursor {
  const parts: unknown = decodeOpaque(text);
  if (Array.isArray(parts) && parts.length <= 4) {
    const changes = decodeChangeCursor(logId, text);
    return { changes, told: { upTo: { position: changes.position, t: changes.t } } };
  }
  if (!Array.isArray(parts) || parts.length > 9) throw badCursor();
  const [log, position, t, partial, toldPosition, toldT, delivered, fromPosition, fromT]: readonly unknown[] = parts;
  if (log !== logId) throw badCursor();
  const changes = { ...momentOf(position, t), ...(partial !== '' && { partial: partialOf(partial) }) };
  const upTo = momentOf(toldPosition, toldT);
  if (delivered === undefined) return { changes, told: { upTo } };
  if (!Number.isSafeInteger(delivered) || Number(delivered) < 0) throw badCursor();
  const from = fromPosition === undefined ? {} : { from: momentOf(fromPosition, fromT) };
  return { changes, told: { upTo, step: { ...from, delivered: Number(delivered) } } };
}

function momentOf(position: unknown, t: unknown): CursorMoment {
  if (typeof position !== 'string' || typeof t !== 'string') throw badCursor();
  return { position: position as Position, t: instantOf(t) };
}
