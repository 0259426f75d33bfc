import { isDeepStrictEqual } from 'node:util';

/**
 * As `toEqual`, which is left out where two answers are plainly the same: it takes a hundred times as long, and random
 * histories compare tens of thousands.
 *
 * @param about what the failure says beside the difference, such as a seed
 */
export function expectSame(about: object, answer: unknown, expected: unknown): void {
  if (isDeepStrictEqual(answer, expected)) return;
  expect({ ...about, answer }).toEqual({ ...about, answer: expected });
}
