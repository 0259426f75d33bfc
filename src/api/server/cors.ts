import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

/** How long a browser may remember what it was allowed, in seconds. */
const REMEMBERED_S = 600;

/**
 * Lets pages of the named origins ask, and of no others: those are answered as if there were no such thing. No cookie
 * is ever sent along, since none is ever taken.
 */
export async function allowOrigins(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return;
  const allowed = new Set(origins);
  await app.register(cors, {
    origin: (origin, answer) => answer(null, origin !== undefined && allowed.has(origin) ? origin : false),
    methods: ['GET', 'POST'],
    allowedHeaders: ['authorization', 'content-type', 'x-request-id', 'apollo-require-preflight'],
    exposedHeaders: ['x-request-id', 'etag'],
    maxAge: REMEMBERED_S,
    credentials: false,
  });
}
