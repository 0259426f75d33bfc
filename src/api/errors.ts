import { GraphQLError } from 'graphql';

/**
 * Codes in `errors[].extensions.code`. STORE_UNAVAILABLE, RATE_LIMITED and POSITION_NOT_REACHED may be tried again as they are; what
 * a form can mend is a `userErrors` entry of the payload instead.
 */
export type ApiErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'BAD_USER_INPUT'
  | 'AS_OF_CONTRADICTORY'
  | 'AS_OF_IN_FUTURE'
  | 'BAD_CURSOR'
  | 'CURSOR_OF_ANOTHER_STAMP'
  | 'BAD_POSITION'
  | 'POSITION_NOT_REACHED'
  | 'STORE_UNAVAILABLE'
  | 'SUBJECT_LINKED'
  | 'TOO_COMPLEX'
  | 'RATE_LIMITED'
  | 'LEDGER_DIVERGED'
  | 'LEDGER_KEY_UNKNOWN'
  | 'INTERNAL_SERVER_ERROR';

export function apiError(
  code: ApiErrorCode,
  message: string,
  more: Readonly<Record<string, unknown>> = {},
): GraphQLError {
  return new GraphQLError(message, { extensions: { code, ...more } });
}

/** The same answer for what does not exist and for what the caller may not see, so that an id is no oracle. */
export const notFound = () => apiError('NOT_FOUND', 'There is no such thing.');

/** The own token of an anonymous person who is an account by now (rule D7). */
export const linkedAway = () =>
  apiError('SUBJECT_LINKED', 'This anonymous person is linked to an account; ask with a token of the account.');

export const badUserInput = (message: string) => apiError('BAD_USER_INPUT', message);
