import type { Position } from '../event-store/event-store';
import { decodeOpaque, encodeOpaque } from './opaque-text';

/** Why a text names no place in a log (rule N1). */
export type PositionFault = 'malformed' | 'of-another-log';

/** A position as users have it and give it back: log id and place, so that another log's is noticed (rule N1). */
export function encodePosition(logId: string, position: Position): string {
  return encodeOpaque([logId, position]);
}

/** The store's own position that a text stands for; it need not exist. */
export function readPosition(
  logId: string,
  text: string,
): { readonly position: Position } | { readonly fault: PositionFault } {
  const parts = decodeOpaque(text);
  if (!Array.isArray(parts) || parts.length !== 2) return { fault: 'malformed' };
  const [log, place]: readonly unknown[] = parts;
  if (typeof log !== 'string' || typeof place !== 'string') return { fault: 'malformed' };
  if (encodeOpaque([log, place]) !== text) return { fault: 'malformed' };
  return log === logId ? { position: place as Position } : { fault: 'of-another-log' };
}
