import { randomUUID } from 'node:crypto';
import { type ExecutionResult, type FormattedExecutionResult, GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import { StoreUnavailable } from '../../event-store/event-store';
import { nestedTooDeep, tooLargeToParse } from './document-check';

/** Turns errors into what clients may see, the same on every transport. */
export interface ErrorAnswers {
  /** The answer to an error of an operation. A fault of ours is logged under an id and hidden behind it. */
  answer(error: GraphQLError, correlationId: string | undefined): GraphQLFormattedError;
}

/** A result as clients may see it. */
export function formattedResult(
  { data, errors, extensions }: Pick<ExecutionResult, 'data' | 'errors' | 'extensions'>,
  answers: ErrorAnswers,
  correlationId: string | undefined,
): FormattedExecutionResult {
  return {
    ...(errors === undefined ? {} : { errors: errors.map((error) => answers.answer(error, correlationId)) }),
    ...(data === undefined ? {} : { data }),
    ...(extensions === undefined ? {} : { extensions }),
  };
}

const FAULT_CODE = 'INTERNAL_SERVER_ERROR';

export function createErrorAnswers(log: Logger): ErrorAnswers {
  return {
    answer(error, correlationId) {
      const code = codeOf(error);
      if (code === 'GRAPHQL_PARSE_FAILED') {
        // What is wrong with a text says where; Apollo gives the same code to a parser that ran out of stack.
        const tooLarge = error.source === undefined ? nestedTooDeep() : tooLargeToParse(error.source.body);
        if (tooLarge) return formatted(tooLarge, 'TOO_COMPLEX');
      }
      if (code !== undefined && !isNamelessFault(error, code)) return formatted(error, code);
      const cause = error.originalError ?? error;
      // A live source may lose the store long after its resolver has returned.
      if (cause instanceof StoreUnavailable) return formatted(error, 'STORE_UNAVAILABLE', STORE_SILENT);
      return hiddenFault(log, cause, correlationId, error);
    },
  };
}

/** Logs a fault under an id of its own, and answers with that id and nothing else. */
export function hiddenFault(
  log: Logger,
  fault: unknown,
  correlationId: string | undefined,
  place: Pick<GraphQLError, 'path' | 'locations'> | undefined = undefined,
): GraphQLFormattedError {
  const id = randomUUID();
  log.error({
    faultId: id,
    correlationId,
    err: fault instanceof Error ? fault : new Error('Not an error was thrown.'),
  });
  return {
    message: `Something went wrong here, not in the request. It was logged as ${id}.`,
    ...(place?.locations === undefined ? {} : { locations: place.locations }),
    ...(place?.path === undefined ? {} : { path: place.path }),
    extensions: { code: FAULT_CODE, id },
  };
}

/** The code given nearest to the cause: Apollo puts its own around what the document check says. */
function codeOf(error: GraphQLError): string | undefined {
  const inner = error.originalError;
  const innerCode = inner instanceof GraphQLError ? codeOf(inner) : undefined;
  const own = error.extensions.code;
  return innerCode ?? (typeof own === 'string' ? own : undefined);
}

/** A resolver that hid a fault itself has logged it, and says under which id. */
function isNamelessFault(error: GraphQLError, code: string): boolean {
  return code === FAULT_CODE && typeof error.extensions.id !== 'string';
}

const STORE_SILENT = 'The store did not answer. Try again.';

function formatted(error: GraphQLError, code: string, said: string | undefined = undefined): GraphQLFormattedError {
  const { http: _http, stacktrace: _stack, ...extensions } = error.extensions;
  const { message, locations, path } = error.toJSON();
  return {
    message: said ?? message,
    ...(locations === undefined ? {} : { locations }),
    ...(path === undefined ? {} : { path }),
    extensions: { ...extensions, code },
  };
}
