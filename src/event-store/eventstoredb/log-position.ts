import type { Position } from '../event-store';

/** A commit position as the server counts it: bytes from the start of its log, in decimal digits. */
const FORM = /^(?:0|[1-9][0-9]{0,18})$/;

const LARGEST = '9223372036854775807';

export function isPosition(text: string): boolean {
  return typeof text === 'string' && FORM.test(text) && compareDigits(text, LARGEST) <= 0;
}

export function comparePositions(a: Position, b: Position): number {
  return compareDigits(a, b);
}

function compareDigits(a: string, b: string): number {
  if (a.length !== b.length) {
    return a.length - b.length;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}
