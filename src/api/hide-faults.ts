import { randomUUID } from 'node:crypto';
import {
  defaultFieldResolver,
  GraphQLError,
  type GraphQLField,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isObjectType,
} from 'graphql';
import { ArgumentValidationError } from 'type-graphql';
import { ComparerBusy } from '../application/comparison/comparer';
import { NotFound } from '../application/not-found';
import { Refusal } from '../domain/refusal';
import { UnreadableTime } from '../domain/time';
import { StoreUnavailable } from '../event-store/event-store';
import { LedgerDiverged, LedgerKeyUnknown } from '../ledger/ledger-faults';
import { LedgerBehind, ProofSizeInvalid } from '../ledger/proofs';
import { AsOfRefused } from '../read-models/as-of';
import { VaultUnavailable } from '../vault/vault';
import type { ApiContext } from './context';
import { apiError, badUserInput, notFound } from './errors';

type SchemaField = GraphQLField<unknown, ApiContext>;

/**
 * Puts a screen behind every resolver of the schema, so that on every transport an error is either one of the
 * documented codes or INTERNAL_SERVER_ERROR with nothing but an id; the fault itself is reported under that id.
 * Call it once, on the finished schema, after access is enforced.
 */
export function hideFaults(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) screen(field);
  }
  return schema;
}

function screen(field: SchemaField): void {
  const { resolve, subscribe } = field;
  // Reading a property of an object that was made here does not fail.
  if (resolve !== undefined && resolve !== defaultFieldResolver) field.resolve = screened(resolve);
  if (subscribe !== undefined) field.subscribe = screened(subscribe);
}

function screened(resolver: NonNullable<SchemaField['resolve']>): NonNullable<SchemaField['resolve']> {
  return (source, args, context, info) => {
    try {
      const answer: unknown = resolver(source, args, context, info);
      if (!(answer instanceof Promise)) return answer;
      return answer.catch((error: unknown) => {
        throw publicError(error, context, info);
      });
    } catch (error) {
      throw publicError(error, context, info);
    }
  };
}

/** What a client may know of an error that a resolver threw. */
function publicError(error: unknown, context: ApiContext, info: GraphQLResolveInfo): GraphQLError {
  const known = documented(error);
  if (known !== undefined) return known;
  const id = randomUUID();
  const { correlationId } = context;
  context.reportFault({ id, correlationId, where: `${info.parentType.name}.${info.fieldName}`, error });
  return apiError('INTERNAL_SERVER_ERROR', 'Something went wrong here; it has been noted.', { id });
}

/** What was found and where is the operators' to know: `status` and the log of the process tell it. */
const LOG_DIVERGED =
  'The log is not the one that was proven before. Nothing is written or signed until it is whole again.';
const LEDGER_KEY_GONE = 'The key of the checkpoints is missing. Nothing is written or signed until it is back.';

function documented(error: unknown): GraphQLError | undefined {
  if (error instanceof GraphQLError && typeof error.extensions.code === 'string') return error;
  if (error instanceof AsOfRefused) return apiError(error.code, error.message);
  if (error instanceof NotFound) return notFound();
  if (error instanceof UnreadableTime) return badUserInput(error.message);
  if (error instanceof ArgumentValidationError) return badUserInput('An argument has not the form it must have.');
  // A refusal outside a mutation has no form to go back to.
  if (error instanceof Refusal) return badUserInput(error.message);
  if (error instanceof LedgerDiverged) return apiError(error.code, LOG_DIVERGED);
  if (error instanceof LedgerKeyUnknown) return apiError(error.code, LEDGER_KEY_GONE);
  if (error instanceof ProofSizeInvalid) return badUserInput(error.message);
  if (error instanceof LedgerBehind) return apiError('POSITION_NOT_REACHED', error.message);
  if (error instanceof ComparerBusy) return apiError('RATE_LIMITED', error.message);
  if (error instanceof StoreUnavailable || error instanceof VaultUnavailable) {
    return apiError('STORE_UNAVAILABLE', 'The store did not answer. Try again.');
  }
  return undefined;
}
