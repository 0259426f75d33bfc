import { type ServerUnderTest, startTestServer } from './running-server';

const APP = 'https://app.example';
const servers: ServerUnderTest[] = [];
afterAll(() => Promise.all(servers.map((server) => server.close())));

async function start(corsOrigins?: readonly string[]): Promise<ServerUnderTest> {
  const server = await startTestServer({ ...(corsOrigins && { corsOrigins }) });
  servers.push(server);
  return server;
}

const preflight = ({ address }: ServerUnderTest, origin: string, path = '/graphql') =>
  fetch(`${address}${path}`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  });

const ask = ({ address }: ServerUnderTest, origin: string, path = '/graphql') =>
  fetch(`${address}${path}`, {
    method: 'POST',
    headers: { origin, 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ query: path === '/graphql' ? '{ hello }' : 'subscription { nothing }' }),
  });

const corsHeaders = ({ headers }: Response) => [...headers.keys()].filter((name) => name.startsWith('access-control'));

it('A page of a named origin may ask, and is told what it may send and read', async () => {
  const server = await start([APP, 'http://localhost:5173']);
  const asked = await preflight(server, APP);
  expect([asked.status, Object.fromEntries(asked.headers)]).toEqual([
    204,
    expect.objectContaining({
      'access-control-allow-origin': APP,
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': expect.stringContaining('authorization'),
      'access-control-max-age': '600',
      vary: 'Origin',
    }),
  ]);
  expect(asked.headers.get('access-control-allow-credentials')).toBeNull();
  const answer = await ask(server, 'http://localhost:5173');
  expect(await answer.json()).toEqual({ data: { hello: 'Hello ' } });
  expect(answer.headers.get('access-control-allow-origin')).toBe('http://localhost:5173');
  expect(answer.headers.get('access-control-expose-headers')).toContain('x-request-id');
});

it('An event stream and an answer that refuses can be read by a named origin as well', async () => {
  const server = await start([APP]);
  expect((await preflight(server, APP, '/graphql/stream')).status).toBe(204);
  for (const path of ['/graphql/stream', '/nothing']) {
    const answer = await ask(server, APP, path);
    expect(answer.headers.get('access-control-allow-origin')).toBe(APP);
    await answer.body?.cancel();
  }
});

it.each(['https://app.example.evil', 'http://app.example', 'https://APP.example', 'null'])(
  'A page of the origin %s is told nothing of other origins',
  async (origin) => {
    const server = await start([APP]);
    const asked = await preflight(server, origin);
    expect([asked.status, corsHeaders(asked)]).toEqual([405, []]);
    const answer = await ask(server, origin);
    expect([answer.status, corsHeaders(answer), answer.headers.get('vary')]).toEqual([200, [], 'Origin']);
  },
);

it('Without named origins no page of another site may ask', async () => {
  const server = await start();
  const asked = await preflight(server, APP);
  expect([asked.status, corsHeaders(asked), asked.headers.get('vary')]).toEqual([405, [], null]);
  expect(corsHeaders(await ask(server, APP))).toEqual([]);
});
