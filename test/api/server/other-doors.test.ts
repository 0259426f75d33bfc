import 'reflect-metadata';
import { createServer } from 'node:net';
import { buildApiSchema } from '../../../src/api/schema';
import { checkDocument, createDocumentCheck } from '../../../src/api/server/document-check';
import { IDE_EXAMPLES } from '../../../src/api/server/ide-examples';
import { eventually, refusalIn, type ServerUnderTest, startTestServer, tokenFor } from './running-server';

const servers: ServerUnderTest[] = [];
async function start(...args: Parameters<typeof startTestServer>) {
  const server = await startTestServer(...args);
  servers.push(server);
  return server;
}
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

describe('health', () => {
  test('a node that answers is live', async () => {
    const response = await fetch(`${(await start()).address}/health/live`);
    expect([response.status, await response.json()]).toEqual([200, { status: 'live' }]);
  });

  test('a node whose checks are well is ready', async () => {
    const response = await fetch(`${(await start()).address}/health/ready`);
    expect([response.status, await response.json()]).toEqual([
      200,
      { status: 'ready', checks: [{ name: 'STORE', ok: true }] },
    ]);
  });

  test('a node with one check that is not well is not ready, and says which', async () => {
    const checks = [
      { name: 'STORE', ok: true },
      { name: 'READ_MODELS', ok: false, detail: 'catching-up, 60000 ms behind' },
    ];
    const response = await fetch(`${(await start({ health: async () => checks })).address}/health/ready`);
    expect([response.status, await response.json()]).toEqual([503, { status: 'not-ready', checks }]);
  });

  test('checks that fail or do not answer in time make it not ready', async () => {
    const failing = await start({ health: () => Promise.reject(new Error('secret')) });
    const failed = await fetch(`${failing.address}/health/ready`);
    expect([failed.status, JSON.stringify(await failed.json())]).toEqual([503, expect.not.stringContaining('secret')]);
    const silent = await start({ health: () => new Promise(() => undefined), limits: { healthWaitMs: 30 } });
    expect((await fetch(`${silent.address}/health/ready`)).status).toBe(503);
  });
});

describe('metrics', () => {
  test('an operator gets figures', async () => {
    const server = await start();
    await server.ask({ query: '{ hello }' });
    await server.ask({ query: '{ refused }' });
    const response = await fetch(`${server.address}/metrics`, { headers: { authorization: `Bearer ${tokenFor()}` } });
    const figures = await response.text();
    expect(response.headers.get('content-type')).toContain('text/plain');
    expect(figures).toContain('samtykke_graphql_operations_total{transport="http",kind="query",code="OK"} 1');
    expect(figures).toContain('samtykke_graphql_operations_total{transport="http",kind="query",code="NOT_FOUND"} 1');
    expect(figures).toMatch(/samtykke_http_request_seconds_count\{route="\/graphql",method="POST",status="200"\} 2/);
    expect(figures).toContain('process_cpu_seconds_total');
  });

  test('nobody else gets them', async () => {
    const { address } = await start();
    const status = async (headers: Record<string, string>) => refusalIn(await fetch(`${address}/metrics`, { headers }));
    expect(await status({})).toEqual([401, 'UNAUTHENTICATED']);
    expect(await status({ authorization: 'Bearer nonsense' })).toEqual([401, 'UNAUTHENTICATED']);
    expect(await status({ authorization: `Bearer ${tokenFor({ role: 'editor' })}` })).toEqual([403, 'FORBIDDEN']);
  });

  test('whoever shows no token is told that one is needed, and whoever shows a bad one that it is bad', async () => {
    const { address } = await start();
    const said = async (headers: Record<string, string>) => (await fetch(`${address}/metrics`, { headers })).text();
    expect(await said({})).toContain('A token is needed.');
    expect(await said({ authorization: 'Bearer nonsense' })).toContain('The token is bad or has expired.');
  });

  test('labels hold no address, path, name of an operation or token', async () => {
    const server = await start();
    await server.ask({ query: 'query KariNordmann { hello }', operationName: 'KariNordmann' });
    await fetch(`${server.address}/p/kari/nordmann?on=2024-01-31`);
    await fetch(`${server.address}/kari-nordmann`);
    const figures = await server.registry.metrics();
    expect(figures).not.toMatch(/kari|127\.0\.0\.1/i);
    expect(figures).toContain('route="/p/:organisation/:policy"');
  });

  test('on a port of their own they need no token, and nothing else is there', async () => {
    const { metricsAddress = '' } = await start({ metricsPort: 0 });
    expect((await fetch(`${metricsAddress}/metrics`)).status).toBe(200);
    expect((await fetch(`${metricsAddress}/graphql`)).status).toBe(404);
  });
});

describe('the IDE', () => {
  test('comes from this server alone', async () => {
    const { address } = await start({ ide: true });
    const response = await fetch(`${address}/ide`);
    const page = await response.text();
    expect(response.url).toBe(`${address}/ide/`);
    expect(page).toContain('policyInForce');
    const addresses = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, target = '']) => target);
    expect(addresses.length).toBeGreaterThan(5);
    expect(addresses.filter((target) => /^(https?:)?\/\//.test(target))).toEqual([]);
    for (const target of addresses.filter((each) => each !== '/ide/')) {
      expect([target, (await fetch(`${address}/ide/${target}`)).status]).toEqual([target, 200]);
    }
  });

  test.each(IDE_EXAMPLES.map((example) => [example.title, example] as const))(
    'its example "%s" is one that the API answers',
    (_title, { query, variables }) => {
      const check = createDocumentCheck(buildApiSchema(), true);
      expect(checkDocument(check, { query, variables })).toMatchObject({ kind: 'good' });
    },
  );

  test('may run only what this server sent, and talk to it alone', async () => {
    const { address } = await start({ ide: true });
    const first = (await fetch(`${address}/ide/`)).headers.get('content-security-policy') ?? '';
    const second = (await fetch(`${address}/ide/`)).headers.get('content-security-policy') ?? '';
    expect(first).toContain("default-src 'none'");
    expect(first).toContain("connect-src 'self'");
    expect(first).not.toMatch(/script-src[^;]*unsafe-(inline|eval)|https?:/);
    expect(second).not.toBe(first);
  });

  test.each(['../package.json', '..%2f..%2fpackage.json', '%2e%2e/package.json', 'nothing.js'])(
    '%s is not found behind it',
    async (path) => {
      const { address } = await start({ ide: true });
      expect((await fetch(`${address}/ide/${path}`)).status).toBe(404);
    },
  );

  test('is not there unless switched on', async () => {
    const { address } = await start({ ide: false });
    expect((await fetch(`${address}/ide/`)).status).toBe(404);
    expect(await (await fetch(`${address}/`)).text()).not.toContain('/ide');
  });
});

test('the first page links the rest and runs no script', async () => {
  const { address } = await start({ ide: true });
  const response = await fetch(`${address}/`);
  const page = await response.text();
  for (const path of ['/ide/', '/health/ready', '/graphql', '/metrics']) expect(page).toContain(path);
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(page).not.toContain('<script');
});

describe('the end of the server', () => {
  test('a request under way is answered, and the server is not ready meanwhile', async () => {
    const server = await start();
    const answer = server.ask({ query: '{ slow(ms: 200) }' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const closing = server.close();
    expect((await answer).body.data).toEqual({ slow: 'slow' });
    await closing;
    await expect(fetch(`${server.address}/health/live`)).rejects.toThrow();
  });

  test('what does not end is cut off after a bounded time', async () => {
    const server = await start({ limits: { drainMs: 100 } });
    const answer = server.ask({ query: '{ slow(ms: 1500) }' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await Promise.all([server.close(), expect(answer).rejects.toThrow()]);
  });

  test('closing twice is closing once', async () => {
    const server = await start();
    await Promise.all([server.close(), server.close()]);
  });

  test('a port that is taken is an error at the start', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await eventually(() => taken.listening, 'the port is taken');
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(startTestServer({ port })).rejects.toThrow(/EADDRINUSE/);
    taken.close();
  });
});
