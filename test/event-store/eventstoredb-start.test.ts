import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailable } from '../../src/event-store/event-store';
import {
  APPEND_DEADLINE_MS,
  connectionStringFor,
  parseConnectionString,
} from '../../src/event-store/eventstoredb/connection-string';
import { freshStream, sampleEvents } from '../support/event-store-samples';
import type { DoubleLog } from '../support/eventstoredb-double-log';
import { setUpDoubles } from '../support/eventstoredb-double-setup';

const given = setUpDoubles();

describe('first contact', () => {
  test('with a server that is not there is unavailable once the window has passed', async () => {
    const double = await given.double();
    await double.kill();
    const opening = given.store({ url: double.url, retryWindowMs: 300 });
    await expect(opening).rejects.toBeInstanceOf(StoreUnavailable);
  });

  test.each(['url', 'clusterUrl'] as const)('with a server that comes up later succeeds: %s', async (address) => {
    const double = await given.double();
    await double.kill();
    const opening = given.store({ url: double[address] });
    await sleep(500);
    await double.start();
    const store = await opening;
    expect((await store.append(freshStream(), sampleEvents(1), 0)).version).toBe(1);
  });

  test('that failed leaves nothing behind that keeps another from opening', async () => {
    const double = await given.double();
    double.log.setMetadata('$all', { $maxAge: 60 });
    await expect(given.store({ url: double.url })).rejects.toMatchObject({ code: 'PROOF_MAY_EXPIRE' });
    const other = await given.double();
    await given.store({ url: other.url });
    await sleep(100);
    expect(double.connections()).toBe(0);
  });
});

describe('clocks', () => {
  test.each([11_000, -30_000])('that differ by %d ms are said and do no harm', async (aheadMs) => {
    const double = await given.double();
    double.log.clockAheadMs = aheadMs;
    const store = await given.store({ url: double.url });
    const [note] = given.notes.filter(({ message }) => message.includes('clocks'));
    expect(note).toMatchObject({ level: 'warn', details: { server: `127.0.0.1:${double.port}` } });
    expect(Math.abs(Number(note?.details.aheadMs) - aheadMs)).toBeLessThan(2_000);
    expect((await store.append(freshStream(), sampleEvents(1), 0)).version).toBe(1);
  });

  test('so far apart that the server refuses every append are an error, and appends are unavailable', async () => {
    const double = await given.double();
    double.log.clockAheadMs = APPEND_DEADLINE_MS + 5_000;
    const store = await given.store({ url: double.url, retryWindowMs: 300 });
    expect(given.notes).toContainEqual(expect.objectContaining({ level: 'error' }));
    await expect(store.append(freshStream(), sampleEvents(1), 0)).rejects.toBeInstanceOf(StoreUnavailable);
  });

  test('that agree are not worth a word', async () => {
    const double = await given.double();
    await given.store({ url: double.url });
    expect(given.notes).toEqual([]);
  });
});

describe('expiry', () => {
  test.each(['$maxAge', '$maxCount', '$tb'])(
    '%s on the log, the default ACL or a stream of ours stops the start',
    async (key) => {
      for (const stream of ['$all', '$settings', freshStream()]) {
        const double = await given.double();
        double.log.setMetadata(stream, { [key]: 5 });
        const refusal = { code: 'PROOF_MAY_EXPIRE', streams: [stream] };
        await expect(given.store({ url: double.url })).rejects.toMatchObject(refusal);
      }
    },
  );

  test('in the default ACL itself stops the start', async () => {
    const double = await given.double();
    writeSettings(double.log, { $userStreamAcl: { $r: 'app', $maxAge: 5 } });
    await expect(given.store({ url: double.url })).rejects.toMatchObject({ streams: ['$settings'] });
  });

  test('that was taken off again, or is on a stream of somebody else, does not', async () => {
    const double = await given.double();
    const stream = freshStream();
    double.log.setMetadata(stream, { $maxAge: 5 });
    double.log.setMetadata(stream, { $acl: { $r: ['app'] } });
    double.log.setMetadata('orders-1', { $maxAge: 5 });
    double.log.setMetadata('$stats', { $maxAge: 5 });
    writeSettings(double.log, { $userStreamAcl: { $r: 'app', $w: 'app', $mw: '$admins' } });
    await given.store({ url: double.url });
  });

  test('on a stream that has been deleted for ever is said, since nobody can take it off', async () => {
    const double = await given.double();
    const stream = freshStream();
    double.log.setMetadata(stream, { $maxAge: 5 });
    double.log.tombstone(stream);
    await given.store({ url: double.url });
    expect(given.notes).toContainEqual(expect.objectContaining({ level: 'error', details: { stream } }));
  });

  test('of many streams is told by the first few names and a count', async () => {
    const double = await given.double();
    for (let count = 0; count < 10; count += 1) {
      double.log.setMetadata(freshStream(), { $tb: 3 });
    }
    await expect(given.store({ url: double.url })).rejects.toThrow(/ and 7 more: /);
  });

  test.each(['$$$all', '$$$settings', '$settings'])('that this user may not look for is said: %s', async (stream) => {
    const double = await given.double();
    double.faults.denied.add(stream);
    await given.store({ url: double.url });
    expect(given.notes).toContainEqual(
      expect.objectContaining({ level: 'warn', message: expect.stringContaining('may not read') }),
    );
  });

  test('that cannot be looked for in time is said', async () => {
    const double = await given.double();
    for (let count = 0; count < 5_000; count += 1) {
      double.log.setMetadata(`orders-${count}`, { $maxCount: 5 });
    }
    await given.store({ url: double.url, expiryScanMs: 1 });
    expect(given.notes).toContainEqual(expect.objectContaining({ details: { scanMs: 1 } }));
  });
});

test('a user who may not read the log is told which right is missing', async () => {
  const double = await given.double();
  double.faults.denied.add('$all');
  await expect(given.store({ url: double.url })).rejects.toMatchObject({
    code: 'STORE_ACCESS_DENIED',
    message: expect.stringContaining('$all'),
  });
});

describe('the connection string', () => {
  const host = '127.0.0.1:2113';

  test.each([
    ['esdb://db:2113', [{ host: 'db', port: 2113 }], true],
    ['esdb://db?tls=false', [{ host: 'db', port: 2113 }], false],
    ['esdb+discover://user:p%40ss@cluster.example/?tlsCAFile=ca.crt', [{ host: 'cluster.example', port: 2113 }], true],
    [
      'esdb://a:1,b:2?nodePreference=follower',
      [
        { host: 'a', port: 1 },
        { host: 'b', port: 2 },
      ],
      true,
    ],
  ])('%s is understood', (url, hosts, tls) => {
    expect(parseConnectionString(url)).toMatchObject({ hosts, tls });
  });

  test.each([
    '',
    'esdb://',
    'http://secret:secret@db',
    'kurrentdb://secret:secret@db',
    'esdb://secret@db',
    'esdb://secret:secret@db:99999',
    'esdb://secret:secret@db?tlsVerifyCert=false',
    'esdb://secret:secret@db?throwOnAppendFailure=false',
    'esdb://secret:secret@db?unheardOf=secret',
    'esdb://secret:secret@db?tls=secret',
    'esdb://secret:secret@db?tls',
    'esdb://secret:secret@db secret',
    'esdb://secret:secret@db?tlsCAFile=%zz',
    'esdb://secret:secret@db?tlsCAFile=/missing/ca.crt',
    'esdb://secret:secret@db?userCertFile=/missing/user.crt&userKeyFile=/missing/user.key',
  ])('%j is refused without being repeated', async (url) => {
    const refusal = await given.store({ url }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ name: 'ConnectionStringInvalid', code: 'CONFIG_INVALID' });
    expect(String(refusal)).toMatch(/EVENTSTORE_URL/);
    expect(String(refusal)).not.toContain('secret');
  });

  test('gives each client a deadline, a keep-alive of its own and, but for the follower, the leader', () => {
    const strings = (['append', 'read', 'follow'] as const).map((use) =>
      connectionStringFor(`esdb://${host}/?tls=false&nodePreference=follower`, use),
    );
    expect(strings.every((text) => text.includes('&defaultDeadline=60000'))).toBe(true);
    const intervals = strings.map((text) => Number(/keepAliveInterval=(\d+)/.exec(text)?.[1]));
    expect(new Set(intervals).size).toBe(3);
    expect(Math.min(...intervals)).toBeGreaterThanOrEqual(10_000);
    expect(strings.map((text) => text.endsWith('nodePreference=leader'))).toEqual([true, true, false]);
    expect(connectionStringFor(`esdb://${host}/`, 'append')).toContain(`${host}?defaultDeadline`);
  });

  test('whose options we set ourselves is obeyed otherwise and the option is named', async () => {
    const double = await given.double();
    await given.store({ url: `${double.url}&keepAliveInterval=20000&defaultDeadline=5` });
    expect(given.notes.map((note) => note.details)).toEqual([
      { option: 'defaultDeadline' },
      { option: 'keepAliveInterval' },
    ]);
  });

  test('with a user and without TLS says that the user is not sent', async () => {
    const double = await given.double();
    await given.store({ url: double.url.replace('esdb://', 'esdb://app:secret@') });
    expect(given.notes).toMatchObject([{ level: 'warn', message: expect.stringContaining('no credentials') }]);
    expect(JSON.stringify(given.notes)).not.toContain('secret');
  });
});

function writeSettings(log: DoubleLog, settings: object): void {
  const event = { type: 'update', contentType: 'application/json', metadata: Buffer.alloc(0) };
  log.write('$settings', 'any', [{ ...event, id: crypto.randomUUID(), data: Buffer.from(JSON.stringify(settings)) }]);
}
