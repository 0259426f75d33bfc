import { createReadStream, readdirSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const HEADERS = {
  'cache-control': 'no-cache',
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; '),
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** The page's files and the two browser clients it imports, by path: only what was there at the start is served. */
export function pageFiles() {
  const files = new Map([
    ...filesOf('/', new URL('../page/', import.meta.url)),
    ...filesOf('/vendor/graphql-ws/', new URL('.', import.meta.resolve('graphql-ws/client'))),
    ...filesOf('/vendor/graphql-sse/', new URL('.', import.meta.resolve('graphql-sse'))),
  ]);
  files.set('/', files.get('/index.html'));

  return {
    serve(path, outgoing) {
      const file = files.get(path);
      if (!file) return false;
      createReadStream(file)
        .once('open', () => outgoing.writeHead(200, { ...HEADERS, 'content-type': TYPES[extname(file)] }))
        .once('error', () => outgoing.destroy())
        .pipe(outgoing);
      return true;
    },
  };
}

function filesOf(prefix, folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && extname(entry.name) in TYPES)
    .map(({ name }) => [`${prefix}${name}`, fileURLToPath(new URL(name, folder))]);
}
