import { apiError } from './errors';

/**
 * Most bytes of texts that one operation may have loaded, one that is asked for twice counted twice. A text may have a
 * megabyte, and a few lines may ask for hundreds. Of a subscription each item is an operation of its own.
 */
export const MAX_TEXT_BYTES_OF_OPERATION = 16 * 1_048_576;
/** Most characters of texts that one operation may have compared: two texts of a megabyte take up to a second. */
export const MAX_COMPARED_CHARACTERS_OF_OPERATION = 4 * 1_048_576;

export interface TextBudget {
  /** Before a text is loaded. @throws TOO_COMPLEX */
  take(bytes: number): void;
  /** Before two texts are compared. @throws TOO_COMPLEX */
  takeCompared(characters: number): void;
}

export function createTextBudget(): TextBudget {
  let bytesLeft = MAX_TEXT_BYTES_OF_OPERATION;
  let charactersLeft = MAX_COMPARED_CHARACTERS_OF_OPERATION;
  return {
    take: (bytes) => {
      bytesLeft -= bytes;
      if (bytesLeft < 0) throw tooMuch(`${MAX_TEXT_BYTES_OF_OPERATION} bytes of texts`);
    },
    takeCompared: (characters) => {
      charactersLeft -= characters;
      if (charactersLeft < 0) throw tooMuch(`comparisons of ${MAX_COMPARED_CHARACTERS_OF_OPERATION} characters`);
    },
  };
}

const tooMuch = (limit: string) => apiError('TOO_COMPLEX', `An operation may ask for at most ${limit}.`);
