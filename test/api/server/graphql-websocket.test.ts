import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { enterSocket, eventually, openSocket, type ServerUnderTest, startTestServer, tokenFor } from './running-server';

const servers: ServerUnderTest[] = [];
async function start(...args: Parameters<typeof startTestServer>) {
  const server = await startTestServer(...args);
  servers.push(server);
  return server;
}
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const subscribe = (query: string, id = '1') => ({ id, type: 'subscribe', payload: { query } });

describe('operations over WebSocket', () => {
  test('a client of the protocol gets the items of a subscription, in order', async () => {
    const server = await start();
    const client = createClient({ url: `${server.address.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket });
    const items = client.iterate({ query: 'subscription { ticks }' });
    const first = items.next();
    await eventually(() => server.feed.listeners === 1, 'the subscription is open');
    server.feed.push('a');
    server.feed.push('b');
    expect((await first).value).toEqual({ data: { ticks: 'a' } });
    expect((await items.next()).value).toEqual({ data: { ticks: 'b' } });
    await items.return?.();
    await client.dispose();
  });

  test('a query and a mutation are answered', async () => {
    const { address } = await start();
    const socket = await enterSocket(address);
    socket.send(subscribe('{ hello }'));
    expect(await socket.next()).toEqual({ id: '1', type: 'next', payload: { data: { hello: 'Hello ' } } });
    expect(await socket.next()).toEqual({ id: '1', type: 'complete' });
    socket.send(subscribe('mutation { change }', '2'));
    expect(await socket.next()).toMatchObject({ id: '2', payload: { data: { change: 'changed' } } });
    socket.socket.close();
  });

  test('what the request wants included reaches the context', async () => {
    const { address } = await start();
    const socket = await enterSocket(address);
    socket.send({ id: '1', type: 'subscribe', payload: { query: '{ request }', extensions: { atLeast: 'p9' } } });
    const { payload } = await socket.next();
    expect(JSON.stringify(payload)).toContain('\\"atLeast\\":\\"p9\\",\\"transport\\":\\"websocket\\"');
    socket.socket.close();
  });

  test('a refusal keeps its code, a fault is hidden behind an id', async () => {
    const { address } = await start();
    const socket = await enterSocket(address);
    socket.send(subscribe('{ fault }'));
    const fault = await socket.next();
    expect(fault).toMatchObject({ payload: { errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }] } });
    expect(JSON.stringify(fault)).not.toMatch(/secret|stack/);
    await socket.next();
    socket.send(subscribe('subscription { denied }', '2'));
    expect(await socket.next()).toMatchObject({ payload: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] } });
    await socket.next();
    socket.send(subscribe('subscription { broken }', '3'));
    expect(await socket.next()).toMatchObject({ payload: { data: { broken: 'first' } } });
    const broken = await socket.next();
    expect(broken).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }] });
    expect(JSON.stringify(broken)).not.toContain('secret');
    socket.send(subscribe('subscription { silent }', '4'));
    await socket.next();
    const silent = await socket.next();
    expect(silent).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'STORE_UNAVAILABLE' } }] });
    expect(JSON.stringify(silent)).not.toContain('secret');
    socket.socket.close();
  });

  test('a client that leaves ends its source at once, also while nothing happens', async () => {
    const server = await start();
    const socket = await enterSocket(server.address);
    socket.send(subscribe('subscription { ticks }'));
    socket.send(subscribe('subscription { ticks }', '2'));
    await eventually(() => server.feed.listeners === 2, 'both are open');
    socket.send({ id: '2', type: 'complete' });
    await eventually(() => server.feed.listeners === 1, 'the one that was completed is gone');
    socket.socket.terminate();
    await eventually(() => server.feed.listeners === 0, 'the other is gone with its socket');
  });
});

describe('who is at the other end', () => {
  test('a token in connectionParams is who asks', async () => {
    const { address } = await start();
    const socket = await enterSocket(address, { authorization: `Bearer ${tokenFor()}` });
    socket.send(subscribe('{ who }'));
    expect(await socket.next()).toMatchObject({ payload: { data: { who: 'a token' } } });
    socket.socket.close();
  });

  test('a token in the header of the handshake is who asks', async () => {
    const { address } = await start();
    const socket = await openSocket(address, { headers: { authorization: `Bearer ${tokenFor()}` } });
    socket.send({ type: 'connection_init' });
    await socket.next();
    socket.send(subscribe('{ who }'));
    expect(await socket.next()).toMatchObject({ payload: { data: { who: 'a token' } } });
    socket.socket.close();
  });

  test('without a token nobody in particular', async () => {
    const { address } = await start();
    const socket = await enterSocket(address);
    socket.send(subscribe('{ who }'));
    expect(await socket.next()).toMatchObject({ payload: { data: { who: 'nobody' } } });
    socket.socket.close();
  });

  test.each([
    ['bad', 'Bearer nonsense'],
    ['expired', `Bearer ${tokenFor({ expiresAt: 1_000 })}`],
    ['no text', { token: 'x' }],
  ])('a token that is %s closes with 4401, never taken for nobody', async (_name, authorization) => {
    const { address } = await start();
    const socket = await openSocket(address);
    socket.send({ type: 'connection_init', payload: { authorization } });
    expect(await socket.closed).toEqual({ code: 4401, reason: 'Unauthenticated' });
  });

  test('a token that runs out closes its socket with 4401 and ends its sources', async () => {
    const server = await start();
    const socket = await enterSocket(server.address, { authorization: tokenFor({ expiresAt: Date.now() + 1_500 }) });
    socket.send(subscribe('subscription { ticks }'));
    await eventually(() => server.feed.listeners === 1, 'the subscription is open');
    expect(await socket.closed).toEqual({ code: 4401, reason: 'Token expired' });
    expect(server.feed.listeners).toBe(0);
  });
});

describe('limits', () => {
  test('one connection too many of an address is closed with 4429, and leaves room again when one goes', async () => {
    const server = await start({ limits: { maxConnectionsPerAddress: 2 } });
    const first = await enterSocket(server.address);
    const second = await enterSocket(server.address);
    const third = await openSocket(server.address);
    expect((await third.closed).code).toBe(4429);
    first.socket.close();
    await first.closed;
    await eventually(async () => (await server.openConnections()) === 1, 'its place is free');
    const fourth = await enterSocket(server.address);
    second.socket.close();
    fourth.socket.close();
  });

  test('one connection too many of a token is closed with 4429, whichever way the token is written', async () => {
    const { address } = await start({ limits: { maxConnectionsPerToken: 1 } });
    const token = tokenFor();
    const first = await enterSocket(address, { authorization: token });
    const second = await openSocket(address);
    second.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    expect((await second.closed).code).toBe(4429);
    const other = await enterSocket(address, { authorization: tokenFor({ role: 'editor' }) });
    first.socket.close();
    other.socket.close();
  });

  test('behind a proxy the address that the proxy names is counted, not what the client says before it', async () => {
    const { address } = await start({ behindProxy: true, limits: { maxConnectionsPerAddress: 1 } });
    const from = (addresses: string) => openSocket(address, { headers: { 'x-forwarded-for': addresses } });
    const first = await from('203.0.113.1, 198.51.100.7');
    const other = await from('203.0.113.1, 198.51.100.8');
    other.send({ type: 'connection_init' });
    expect((await other.next()).type).toBe('connection_ack');
    expect((await (await from('203.0.113.9, 198.51.100.7')).closed).code).toBe(4429);
    first.socket.close();
    other.socket.close();
  });

  test('one operation too many on a socket closes it with 4429', async () => {
    const { address } = await start({ limits: { maxOperationsPerSocket: 2 } });
    const socket = await enterSocket(address);
    for (const id of ['1', '2', '3']) socket.send(subscribe('subscription { ticks }', id));
    expect((await socket.closed).code).toBe(4429);
  });

  test('a socket that says nothing is closed with 4408', async () => {
    const { address } = await start({ limits: { connectionInitWaitMs: 50 } });
    expect((await (await openSocket(address)).closed).code).toBe(4408);
  });

  test('a message that is too large is closed with 1009', async () => {
    const { address } = await start({ limits: { maxRequestBytes: 1_000 } });
    const socket = await enterSocket(address);
    socket.send(subscribe(`{ hello(name: "${'x'.repeat(2_000)}") }`));
    expect((await socket.closed).code).toBe(1009);
  });

  test('a socket that gives no sign of life is ended', async () => {
    const server = await start({ limits: { keepAliveMs: 30 } });
    const socket = await enterSocket(server.address);
    socket.socket.pause();
    await eventually(async () => (await server.openConnections()) === 0, 'it is gone');
    socket.socket.terminate();
  });
});

describe('a slow reader', () => {
  test('is closed with 4508 once it has taken nothing for too long, and the server goes on', async () => {
    const server = await start({ limits: { slowReaderMs: 150, closeGraceMs: 5_000 } });
    const socket = await enterSocket(server.address);
    const quick = await enterSocket(server.address);
    quick.send(subscribe('subscription { ticks }'));
    socket.send(subscribe('subscription { ticks }'));
    await eventually(() => server.feed.listeners === 2, 'both listen');
    socket.socket.pause();
    const large = 'x'.repeat(1_000_000);
    for (let count = 0; count < 40; count += 1) server.feed.push(large);
    for (let count = 0; count < 40; count += 1) await quick.next();
    await eventually(() => server.feed.listeners === 1, 'the slow one was given up');
    socket.socket.resume();
    expect(await socket.closed).toEqual({ code: 4508, reason: 'Slow reader' });
    server.feed.push('still here');
    expect(await quick.next()).toMatchObject({ payload: { data: { ticks: 'still here' } } });
    quick.socket.close();
  });

  test('is closed as soon as too much waits for it', async () => {
    const server = await start({ limits: { maxUnsentBytes: 1_000_000, closeGraceMs: 5_000 } });
    const socket = await enterSocket(server.address);
    for (let id = 0; id < 30; id += 1) socket.send(subscribe('subscription { ticks }', String(id)));
    await eventually(() => server.feed.listeners === 30, 'all listen');
    socket.socket.pause();
    server.feed.push('x'.repeat(600_000));
    await eventually(() => server.feed.listeners === 0, 'it was given up');
    socket.socket.resume();
    expect((await socket.closed).code).toBe(4508);
  });

  test('that never reads on is cut off after a bounded time', async () => {
    const server = await start({ limits: { slowReaderMs: 50, closeGraceMs: 100 } });
    const socket = await enterSocket(server.address);
    socket.send(subscribe('subscription { ticks }'));
    await eventually(() => server.feed.listeners === 1, 'it listens');
    socket.socket.pause();
    for (let count = 0; count < 40; count += 1) server.feed.push('x'.repeat(1_000_000));
    await eventually(() => server.feed.listeners === 0, 'it was given up');
    await new Promise((resolve) => setTimeout(resolve, 300));
    await server.close();
    socket.socket.terminate();
  });
});

describe('what is not the protocol', () => {
  test('another subprotocol is closed with 4406', async () => {
    const { address } = await start();
    const socket = await openSocket(address, { protocol: 'graphql-ws' }).catch((error) => error);
    if (socket instanceof Error) expect(socket.message).toMatch(/subprotocol/i);
    else expect((await socket.closed).code).toBe(4406);
  });

  test.each([
    ['no JSON', 'hello'],
    ['an unknown type', { type: 'start' }],
    ['a subscription without a query', { id: '1', type: 'subscribe', payload: {} }],
    ['what only a server says', { id: '1', type: 'next', payload: {} }],
    ['variables that are no object', { id: '1', type: 'subscribe', payload: { query: '{ hello }', variables: 'x' } }],
  ])('%s is closed with 4400', async (_name, message) => {
    const { address } = await start();
    const socket = await enterSocket(address);
    socket.send(message);
    expect((await socket.closed).code).toBe(4400);
  });

  test('bytes are closed with 4400', async () => {
    const { address } = await start();
    const socket = await enterSocket(address);
    socket.socket.send(Buffer.from([1, 2, 3]));
    expect((await socket.closed).code).toBe(4400);
  });

  test('an operation before the greeting is closed with 4401, a second greeting with 4429', async () => {
    const { address } = await start();
    const early = await openSocket(address);
    early.send(subscribe('{ hello }'));
    expect((await early.closed).code).toBe(4401);
    const twice = await enterSocket(address);
    twice.send({ type: 'connection_init' });
    expect((await twice.closed).code).toBe(4429);
  });

  test('a second operation under an id that is still in use is closed with 4409', async () => {
    const server = await start();
    const socket = await enterSocket(server.address);
    socket.send(subscribe('subscription { ticks }'));
    await eventually(() => server.feed.listeners === 1, 'it listens');
    socket.send(subscribe('{ hello }'));
    expect((await socket.closed).code).toBe(4409);
    expect(server.feed.listeners).toBe(0);
  });

  test('an id that was completed can be used again, and a ping is answered with what it says', async () => {
    const server = await start();
    const socket = await enterSocket(server.address);
    for (const sent of [subscribe('subscription { ticks }'), { id: '1', type: 'complete' }]) socket.send(sent);
    socket.send(subscribe('subscription { ticks }'));
    await eventually(() => server.feed.listeners === 1, 'the second one alone listens');
    server.feed.push('a');
    expect(await socket.next()).toEqual({ id: '1', type: 'next', payload: { data: { ticks: 'a' } } });
    socket.send({ type: 'ping', payload: { n: 1 } });
    expect(await socket.next()).toEqual({ type: 'pong', payload: { n: 1 } });
    socket.socket.close();
  });

  test('there is no WebSocket at another address', async () => {
    const { address } = await start();
    const socket = new WebSocket(`${address.replace('http', 'ws')}/other`, 'graphql-transport-ws');
    const message = await new Promise((resolve) => socket.once('error', (error) => resolve(error.message)));
    expect(message).toContain('404');
  });
});

describe('the end of the server', () => {
  test('closes sockets with 1001 and lets a query under way be answered first', async () => {
    const server = await start();
    const idle = await enterSocket(server.address);
    idle.send(subscribe('subscription { ticks }'));
    await eventually(() => server.feed.listeners === 1, 'it listens');
    const busy = await enterSocket(server.address);
    busy.send(subscribe('{ slow(ms: 200) }'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const closing = server.close();
    expect((await idle.closed).code).toBe(1001);
    expect(await busy.next()).toMatchObject({ payload: { data: { slow: 'slow' } } });
    expect((await busy.closed).code).toBe(1001);
    await closing;
    expect(server.feed.listeners).toBe(0);
  });

  test('does not wait for ever for what does not end', async () => {
    const server = await start({ limits: { drainMs: 100 } });
    const socket = await enterSocket(server.address);
    socket.send(subscribe('{ slow(ms: 2000) }'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await server.close();
    expect((await socket.closed).code).toBe(1006);
  });
});
