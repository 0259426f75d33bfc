import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { within } from '../../support/event-store-samples';
import { type ServerUnderTest, startTestServer } from './running-server';

const SLOW_READER_MS = 300;
/** More than the system keeps for a connection on both its sides. */
const LARGE = 'a'.repeat(32 * 1_048_576);

let server: ServerUnderTest;
const sockets: Socket[] = [];
beforeAll(async () => {
  server = await startTestServer({
    limits: { slowReaderMs: SLOW_READER_MS },
    health: async () => [{ name: 'STORE', ok: true, detail: LARGE }],
  });
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await server.close();
});

function ask(path: string): Socket {
  const { hostname, port } = new URL(server.address);
  const socket = connect(Number(port), hostname);
  sockets.push(socket);
  socket.on('error', () => undefined);
  socket.write(`GET ${path} HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`);
  return socket;
}

it('A reader of HTTP that takes nothing is dropped', async () => {
  const socket = ask('/health/ready');
  socket.pause();
  await new Promise((resolve) => setTimeout(resolve, 10 * SLOW_READER_MS));
  // Only reading tells; what the system had kept comes first.
  let taken = 0;
  socket.on('data', (chunk: Buffer) => {
    taken += chunk.length;
  });
  socket.resume();
  await within(once(socket, 'close'), 'The end of the connection');
  expect(taken).toBeLessThan(LARGE.length);
});

it('A reader that takes a little now and then gets all of it', async () => {
  const socket = ask('/health/ready');
  let taken = 0;
  socket.on('data', (chunk: Buffer) => {
    taken += chunk.length;
    socket.pause();
    // Slower over all than the limit, but never idle for as long.
    setTimeout(() => socket.resume(), taken % (4 * 1_048_576) < chunk.length ? SLOW_READER_MS / 2 : 0);
  });
  const whole = (async () => {
    while (taken <= LARGE.length) await once(socket, 'data');
  })();
  await within(whole, 'The whole answer');
});

it('A connection that is kept open between requests is not dropped for it', async () => {
  const socket = ask('/health/live');
  await within(once(socket, 'data'), 'The first answer');
  await new Promise((resolve) => setTimeout(resolve, 3 * SLOW_READER_MS));
  expect(socket.destroyed).toBe(false);
  socket.write('GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n');
  const [chunk] = await within(once(socket, 'data'), 'The second answer');
  expect(String(chunk)).toContain('200 OK');
});

it('An answer that takes longer to make than a reader may be slow is waited for', async () => {
  const body = JSON.stringify({ query: `{ slow(ms: ${4 * SLOW_READER_MS}) }` });
  const answer = await server.ask(body);
  expect(answer.body.data).toEqual({ slow: 'slow' });
});
