import { readFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { APPEND_DEADLINE_MS, type ConnectionTarget } from './connection-string';
import type { StoreLog } from './store-log';

/** Longest a server may take to tell its time. */
const ASK_LIMIT_MS = 3_000;

/** HTTP tells the time in whole seconds; less than this is no difference. */
const TOLERANCE_MS = 2_000;

/** A server this far ahead is about to refuse appends: it judges their deadline by its own clock. */
const DANGER_MS = APPEND_DEADLINE_MS - 10_000;

/** An empty gRPC message: not compressed, no bytes. */
const EMPTY_MESSAGE = Buffer.alloc(5);

/**
 * Compares our clock with the servers' and says so when they differ. The deadline of an append is an absolute time that
 * the server judges by its own clock, so a server far ahead refuses every append; one far behind stamps events wrongly.
 */
export async function compareClocks(target: ConnectionTarget, log: StoreLog): Promise<void> {
  await Promise.all(
    target.hosts.map(async ({ host, port }) => {
      const server = `${host}:${port}`;
      const aheadMs = await clockAhead(target, host, port).catch(() => undefined);
      if (aheadMs === undefined) {
        log('info', 'The event store did not tell its time.', { server });
      } else if (aheadMs >= DANGER_MS) {
        log('error', 'The clock of the event store is so far ahead that appends will be refused. Set the clocks.', {
          server,
          aheadMs,
        });
      } else if (Math.abs(aheadMs) > TOLERANCE_MS) {
        log('warn', 'The clocks of the event store and this machine differ. Set the clocks.', { server, aheadMs });
      }
    }),
  );
}

/** By how many milliseconds the server's clock is ahead of ours, from the date of an answer that needs no rights. */
async function clockAhead(target: ConnectionTarget, host: string, port: number): Promise<number | undefined> {
  const session = connect(`${target.tls ? 'https' : 'http'}://${host}:${port}`, {
    ...(target.caFile === undefined ? {} : { ca: readFileSync(target.caFile) }),
    ...(target.certFile === undefined ? {} : { cert: readFileSync(target.certFile) }),
    ...(target.keyFile === undefined ? {} : { key: readFileSync(target.keyFile) }),
  });
  try {
    return await new Promise<number | undefined>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no answer')), ASK_LIMIT_MS);
      timer.unref();
      session.on('error', reject);
      const asked = Date.now();
      const request = session.request({
        ':method': 'POST',
        ':path': '/event_store.client.gossip.Gossip/Read',
        'content-type': 'application/grpc',
        te: 'trailers',
      });
      request.on('error', reject);
      request.on('response', ({ date }) => {
        clearTimeout(timer);
        const told = Date.parse(String(date));
        // The date is cut to the second and was written between asking and now: take the middle of both.
        resolve(Number.isNaN(told) ? undefined : Math.round(told + 500 - (asked + Date.now()) / 2));
      });
      request.end(EMPTY_MESSAGE);
      request.resume();
    });
  } finally {
    session.destroy();
  }
}
