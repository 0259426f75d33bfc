import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { followFacts } from './follow-facts.mjs';
import { ownCopy } from './own-copy.mjs';
import { pageFiles } from './page-files.mjs';
import { passThrough } from './pass-through.mjs';
import { createPeople } from './people.mjs';
import { createAsk, Refused, SamtykkeError } from './samtykke.mjs';
import { createSessions } from './sessions.mjs';
import { createStandings } from './standings.mjs';

const MAX_BODY_BYTES = 4_096;
const MAX_NAME_LENGTH = 64;

/** What the product sells: light and warmth in an office building. */
const ROOMS = [
  { id: 'reception', light: 80, degrees: 20 },
  { id: 'office', light: 60, degrees: 21 },
  { id: 'meeting', light: 25, degrees: 20 },
  { id: 'canteen', light: 90, degrees: 19 },
];

/** Starts the product. @returns its address, and how to stop it */
export async function startProduct(settings) {
  const { samtykkeUrl, host, port } = settings;
  const ask = createAsk(samtykkeUrl);
  const people = await createPeople({ ask, ...settings });
  const standings = await createStandings({ ask, ...settings });
  const product = { ask, people, standings, samtykkeUrl, sessions: createSessions() };
  const files = pageFiles();
  const onward = passThrough(samtykkeUrl);

  const server = createServer((request, response) => {
    const [path] = request.url.split('?');
    const route = ROUTES[`${request.method} ${path}`];
    if (route) answer(route, product, request, response);
    else if (path === '/graphql' || path === '/graphql/stream') onward.request(request, response);
    else if (request.method !== 'GET' || !files.serve(path, response)) response.writeHead(404).end();
  });
  server.on('upgrade', (request, socket, head) => {
    if (request.url === '/graphql') onward.upgrade(request, socket, head);
    else socket.destroy();
  });

  const endFollowing = followFacts({
    ask,
    ...settings,
    organisationId: people.organisationId,
    onOpen: () => standings.followed(true),
    onFact: standings.recorded,
    onLost: (error) => {
      standings.followed(false);
      console.error(`Facts are not told: ${error.message}`);
    },
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  return {
    url: `http://${host}:${server.address().port}`,
    close() {
      endFollowing();
      server.close();
      server.closeAllConnections();
    },
  };
}

const ROUTES = {
  /** Who logs in is registered with Samtykke, and gets a short-lived token of their own. */
  'POST /login': async ({ people, sessions }, request) => {
    const { name } = await readJson(request);
    const externalId = typeof name === 'string' ? name.normalize('NFC').trim().toLowerCase() : '';
    if (externalId === '' || externalId.length > MAX_NAME_LENGTH) return { status: 400 };
    const subject = await people.register(externalId);
    const { token, expiresAt } = await people.issueToken(subject);
    const session = { subject, name: externalId, token };
    return { status: 200, body: { name: externalId, token, expiresAt }, cookie: sessions.open(session) };
  },

  /** A new token, before the old one runs out or when it was taken back. */
  'POST /token': withSession(async ({ people }, session) => {
    const { token, expiresAt } = await people.issueToken(session.subject);
    session.token = token;
    return { status: 200, body: { name: session.name, token, expiresAt } };
  }),

  'POST /logout': async ({ sessions }, request) => ({ status: 204, cookie: sessions.end(request) }),

  /** The product itself, behind the gate. Who has just acted asks past what the gate remembers (`no-cache`). */
  'GET /house': withSession(async ({ standings, people }, session, { headers }) => {
    if (headers['cache-control'] === 'no-cache') standings.recorded(session);
    const { blocked, newsletter } = await standingOf(standings, people, session);
    return blocked ? { status: 403, body: { blocked } } : { status: 200, body: { rooms: ROOMS, newsletter } };
  }),

  'GET /my-copy.json': withSession(async ({ ask, people, samtykkeUrl }, session) => {
    const { token } = await people.issueToken(session.subject);
    const file = await ownCopy({ ask, samtykkeUrl }, token);
    return { status: 200, file, download: 'fjordlys-my-copy.json' };
  }),
};

/**
 * The gateway check. A token that is bad by now is replaced once. When Samtykke does not answer, the product stays
 * open, for nobody's consent is needed to use it; but nothing is done that needs one.
 */
async function standingOf(standings, people, session) {
  try {
    return await standings.of(session);
  } catch (error) {
    if (error.code !== 'UNAUTHENTICATED') return { blocked: false, newsletter: false };
    session.token = (await people.issueToken(session.subject)).token;
    return standings.of(session);
  }
}

function withSession(handle) {
  return (product, request) => {
    const session = product.sessions.of(request);
    return session ? handle(product, session, request) : { status: 401 };
  };
}

async function answer(route, product, request, response) {
  try {
    const { status, body, file, cookie, download } = await route(product, request);
    response.writeHead(status, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      ...(cookie && { 'set-cookie': cookie }),
      ...(download && { 'content-disposition': `attachment; filename="${download}"` }),
    });
    if (file) await pipeline(Readable.fromWeb(file.body), response);
    else response.end(body && JSON.stringify(body));
  } catch (error) {
    const isTheirs = error instanceof BadRequest || error instanceof Refused;
    if (!isTheirs) console.error(error instanceof SamtykkeError ? `${error.code}: ${error.message}` : error);
    // A file that broke off half-way has its status behind it.
    if (response.headersSent) {
      response.destroy();
      return;
    }
    response.writeHead(isTheirs ? 400 : 502, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ code: error.code ?? 'FAULT' }));
  }
}

class BadRequest extends Error {
  code = 'BAD_REQUEST';
}

async function readJson(request) {
  if (!request.headers['content-type']?.startsWith('application/json')) throw new BadRequest('JSON is expected.');
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new BadRequest('The body is too large.');
    chunks.push(chunk);
  }
  try {
    return Object(JSON.parse(Buffer.concat(chunks).toString()));
  } catch {
    throw new BadRequest('The body is no JSON.');
  }
}
