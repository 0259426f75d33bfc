import type { IncomingMessage } from 'node:http';

/**
 * The network address a request comes from, for counting connections; it is never logged. Behind a proxy it is the
 * last one of X-Forwarded-For, which that proxy itself has added: those before it are the client's own words.
 */
export function clientAddress(request: IncomingMessage, behindProxy: boolean): string {
  const forwarded = request.headers['x-forwarded-for'];
  if (behindProxy && typeof forwarded === 'string') {
    const last = forwarded.slice(forwarded.lastIndexOf(',') + 1).trim();
    if (last !== '' && last.length <= MAX_ADDRESS_LENGTH) return last;
  }
  return request.socket.remoteAddress ?? 'unknown';
}

const MAX_ADDRESS_LENGTH = 64;
