import { apiError } from './errors';

/**
 * Most bytes of texts that one operation may have loaded, one that is asked for twice counted twice. A text may have a
 * megabyte, and a few lines may ask for hundreds. Of a subscription each item is an operation of its own.
 */
export const MAX_TEXT_BYTES_OF_OPERATION = 16 * 1_048_576;

export interface TextBudget {
  /** Before a text is loaded. @throws TOO_COMPLEX */
  take(bytes: number): void;
}

export function createTextBudget(): TextBudget {
  let left = MAX_TEXT_BYTES_OF_OPERATION;
  return {
    take: (bytes) => {
      left -= bytes;
      if (left < 0) {
        throw apiError(
          'TOO_COMPLEX',
          `An operation may ask for at most ${MAX_TEXT_BYTES_OF_OPERATION} bytes of texts.`,
        );
      }
    },
  };
}
