import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { getDistDirectory, isSandboxFrame, renderAltair, SANDBOX_FRAME_CSP } from 'altair-static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { GRAPHQL_PATH } from './graphql-http';
import { IDE_EXAMPLES } from './ide-examples';

const BASE = '/ide/';

/** `/ide`: a GraphQL IDE out of this installation alone, which works without any network but this server. */
export function serveIde(app: FastifyInstance): void {
  const files = filesBelow(getDistDirectory());
  app.get('/ide', async (_request, reply) => {
    await reply.redirect(BASE, 301);
  });
  app.get(BASE, async (_request, reply) => {
    const nonce = randomBytes(16).toString('base64');
    await secured(reply, pagePolicy(nonce)).type('text/html; charset=utf-8').send(startPage(nonce));
  });
  app.get(`${BASE}*`, async (request, reply) => {
    const { '*': path = '' } = request.params as { '*'?: string };
    const file = files.get(path);
    if (file === undefined) {
      reply.callNotFound();
      return;
    }
    const policy = isSandboxFrame(path) ? SANDBOX_FRAME_CSP : "default-src 'none'";
    await secured(reply, policy)
      .type(MEDIA_TYPES[extname(path)] ?? 'application/octet-stream')
      .header('cache-control', 'public, max-age=3600')
      .send(await readFile(file));
  });
}

/** Only files that were there at the start are served: no path of a request is ever handed to the file system. */
function filesBelow(directory: string): ReadonlyMap<string, string> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [relative(directory, path).split(sep).join('/'), path];
    }),
  );
}

function startPage(nonce: string): string {
  return renderAltair({
    baseURL: BASE,
    endpointURL: GRAPHQL_PATH,
    subscriptionsEndpoint: GRAPHQL_PATH,
    initialSubscriptionRequestHandlerId: 'graphql-ws',
    instanceStorageNamespace: 'samtykke_',
    disableAccount: true,
    // Nothing that looks elsewhere for news, plugins or accounts.
    initialSettings: {
      theme: 'system',
      'banners.disable': true,
      'alert.disableUpdateNotification': true,
      // Else nothing is completed and the documentation is empty, until somebody finds the button that asks for it.
      'schema.reloadOnStart': true,
    },
    cspNonce: nonce,
    initialWindows: IDE_EXAMPLES.map(({ title, query, variables }) => ({
      initialName: title,
      initialQuery: query,
      initialVariables: JSON.stringify(variables, null, 2),
    })),
  });
}

function pagePolicy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "frame-src 'self'",
    "manifest-src 'self'",
    "form-action 'none'",
    "base-uri 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function secured(reply: FastifyReply, policy: string): FastifyReply {
  return reply.headers({
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  });
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.md': 'text/plain; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
};
