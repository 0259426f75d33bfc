import type { FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import type { OperationRequest } from './document-check';
import { badRequest } from './graphql-parts';

/** A GraphQL request as it came over HTTP: its form is good, its document not looked at. */
export interface ReceivedOperation extends OperationRequest {
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

/** Reads a request whose body is JSON, or whose URL says it all. BAD_REQUEST where it is neither. */
export function readOperation({ method, body, query }: FastifyRequest): ReceivedOperation | GraphQLError {
  const source = method === 'POST' ? body : fromUrl(query);
  if (source instanceof GraphQLError) return source;
  if (!isRecord(source)) return badRequest('The body of the request is a JSON object.');
  const { query: document, operationName, variables, extensions } = source;
  if (typeof document !== 'string' || document === '') return badRequest('"query" is missing, or no text.');
  if (!isAbsent(operationName) && typeof operationName !== 'string') return badRequest('"operationName" is text.');
  if (!isAbsent(variables) && !isRecord(variables)) return badRequest('"variables" is an object.');
  if (!isAbsent(extensions) && !isRecord(extensions)) return badRequest('"extensions" is an object.');
  return {
    query: document,
    operationName: operationName ?? undefined,
    variables: variables ?? undefined,
    extensions: extensions ?? undefined,
  };
}

function fromUrl(parameters: unknown): Readonly<Record<string, unknown>> | GraphQLError {
  if (!isRecord(parameters)) return {};
  const { query, operationName } = parameters;
  try {
    return {
      query,
      operationName,
      variables: jsonOf(parameters.variables),
      extensions: jsonOf(parameters.extensions),
    };
  } catch {
    return badRequest('"variables" and "extensions" in a URL are JSON.');
  }
}

function jsonOf(parameter: unknown): unknown {
  return typeof parameter === 'string' ? JSON.parse(parameter) : parameter;
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
