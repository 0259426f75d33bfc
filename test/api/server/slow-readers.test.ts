import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { within } from '../../support/event-store-samples';
import { type ServerUnderTest, startTestServer } from './running-server';

const SLOW_READER_MS = 300;
const PATIENT_MS = 3_000;
/** Each well within what is patient, all of them together beyond it. */
const REST_MS = 700;
const RESTS = 6;
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

function ask(path: string, of = server): Socket {
  const { hostname, port } = new URL(of.address);
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
  await within(once(socket, 'close'), 'The end of the connection', 60_000);
  expect(taken).toBeLessThan(LARGE.length);
}, 90_000);

it('A reader that takes a little now and then gets all of it', async () => {
  // Long enough that a busy machine, which takes up a timer late, does not itself make a slow reader of this one.
  const patient = await startTestServer({
    limits: { slowReaderMs: PATIENT_MS },
    health: async () => [{ name: 'STORE', ok: true, detail: LARGE }],
  });
  const socket = ask('/health/ready', patient);
  let taken = 0;
  let rests = 0;
  const started = performance.now();
  socket.on('data', (chunk: Buffer) => {
    taken += chunk.length;
    if (taken < (rests + 1) * (LARGE.length / (RESTS + 1)) || rests === RESTS) return;
    rests += 1;
    socket.pause();
    setTimeout(() => socket.resume(), REST_MS);
  });
  const whole = new Promise<void>((resolve, reject) => {
    socket.on('data', () => {
      if (taken > LARGE.length) resolve();
    });
    socket.once('close', () => reject(new Error(`It was dropped after ${taken} bytes and ${rests} rests.`)));
  });
  await within(whole, 'The whole answer', 60_000);
  // Slower over all than the limit, but never idle for as long.
  expect(rests).toBe(RESTS);
  expect(performance.now() - started).toBeGreaterThan(PATIENT_MS);
  socket.destroy();
  await patient.close();
}, 90_000);

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
