import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyError, FastifyInstance } from 'fastify';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import { hiddenFault } from './error-answer';

/** Every answer that no route gives itself: in the shape of a GraphQL answer, without stack, never an unexplained 500. */
export function answerRequestErrors(app: FastifyInstance, log: Logger): void {
  app.setNotFoundHandler(async (_request, reply) => {
    await reply.code(404).send({ errors: [answered('NOT_FOUND', 'There is nothing at this address.')] });
  });
  app.setErrorHandler<FastifyError | GraphQLError>(async (error, request, reply) => {
    const { status, answer, headers } = answerTo(log, error, request.id);
    await reply
      .code(status)
      .headers(headers)
      .send({ errors: [answer] });
  });
}

interface ErrorAnswer {
  readonly status: number;
  readonly answer: GraphQLFormattedError;
  readonly headers: Readonly<Record<string, string>>;
}

function answerTo(log: Logger, error: FastifyError | GraphQLError, correlationId: string): ErrorAnswer {
  if (error instanceof GraphQLError) {
    const { code, http } = error.extensions as {
      code?: unknown;
      http?: { status?: number; headers?: Map<string, string> };
    };
    if (typeof code === 'string' && http?.status !== undefined) {
      const headers = Object.fromEntries(http.headers ?? []);
      return { status: http.status, answer: answered(code, error.message), headers };
    }
  } else if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    const { statusCode: status } = error;
    return { status, answer: requestRefusal(status), headers: {} };
  }
  return { status: 500, answer: hiddenFault(log, error, correlationId), headers: {} };
}

/** In words of our own: a framework's may quote what was sent. */
function requestRefusal(status: number): GraphQLFormattedError {
  if (status === 413) return answered('REQUEST_TOO_LARGE', 'The request is larger than the server takes.');
  if (status === 415) return answered('BAD_REQUEST', 'The body of a request is application/json.');
  if (status === 400) return answered('BAD_REQUEST', 'The request cannot be read; a body is JSON.');
  return answered('BAD_REQUEST', `The request is refused: ${STATUS_CODES[status] ?? status}.`);
}

function answered(code: string, message: string): GraphQLFormattedError {
  return { message, extensions: { code } };
}

/** Answers where the framework has no reply to offer yet. */
export function answerBare(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify({ errors: [answered('BAD_REQUEST', message)] }));
}

/** Answers on a connection that no request could be read from, and ends it. */
export function answerRaw(socket: Duplex, status: number, message: string): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify({ errors: [answered('BAD_REQUEST', message)] });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\ncontent-type: application/json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
