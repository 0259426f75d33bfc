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
 * A place in `policyNotices`: every event up to the position and every instant up to `t` has been told to one person.
 * `partial` says that of the step that led there only so many items have been. A cursor of a stamp or of
 * `policyChanges` is such a place, too.
 */
export interface NoticeCursor {
  readonly position: Position;
  readonly t: Instant;
  readonly partial?: PartialNotices;
}

/** What a person was told together: what stood at login, or what one event or one instant brought. */
export interface PartialNotices {
  readonly of: 'login' | 'event' | 'clock';
  readonly delivered: number;
}

const PARTIAL_LETTERS = { login: 'L', event: 'E', clock: 'C' } as const;

export function encodeNoticeCursor(logId: string, { position, t, partial }: NoticeCursor): string {
  const rest = partial ? [`${PARTIAL_LETTERS[partial.of]}${partial.delivered}`] : [];
  return encodeOpaque([logId, position, t, ...rest]);
}

/** @throws BAD_CURSOR when it is malformed or another log's */
export function decodeNoticeCursor(logId: string, text: string): NoticeCursor {
  const parts: unknown = decodeOpaque(text);
  const last: unknown = Array.isArray(parts) && parts.length === 4 ? parts[3] : undefined;
  const [, letter, delivered] = (typeof last === 'string' && /^([LEC])(\d{1,9})$/.exec(last)) || [];
  const own = PARTIALS.find((of) => PARTIAL_LETTERS[of] === letter);
  if (own && Array.isArray(parts)) {
    const { position, t } = decodeChangeCursor(logId, encodeOpaque(parts.slice(0, 3)));
    return { position, t, partial: { of: own, delivered: Number(delivered) } };
  }
  const { position, t, partial } = decodeChangeCursor(logId, text);
  // Of a step of `policyChanges` the person has been told nothing of what concerns them alone: it is told whole.
  if (partial) return { position, t, partial: { of: partial.of === 'event' ? 'event' : 'clock', delivered: 0 } };
  return { position, t };
}

const PARTIALS = ['login', 'event', 'clock'] as const;
