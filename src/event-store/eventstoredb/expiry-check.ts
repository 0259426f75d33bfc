import { STREAM_NAME, type StoredEvent } from '../event-store';
import { type Connection, persist } from './connection';
import { drawEvents, END } from './draw-events';
import { DriverFault } from './driver-fault';
import { CAUGHT_UP } from './feed';
import type { ReadLimits } from './read-stream';
import { ProofMayExpire } from './store-errors';
import type { StoreLog } from './store-log';
import { METADATA_STREAMS } from './stream-pattern';

const METADATA_PREFIX = '$$';
const ALL_STREAMS = '$all';
const DEFAULT_ACL_STREAM = '$settings';
const EXPIRY_KEYS = ['$maxAge', '$maxCount', '$tb'];

/**
 * Refuses to start where the database itself would let proof disappear (rule R4): expiry on `$all`, on `$settings`,
 * in the default ACL, or on any stream of ours. A user who may write a stream may also set its expiry unless the
 * default ACL forbids it, so its absence is said as well. What this user may not read is named, not guessed.
 *
 * @param scanMs longest the metadata of all streams is looked through; what is left is said
 * @throws ProofMayExpire
 */
export async function checkExpiry(
  leader: Connection,
  limits: ReadLimits,
  settings: { readonly scanMs: number; readonly hasAcl: boolean },
  log: StoreLog,
): Promise<void> {
  const expiring: string[] = [];
  for (const stream of [ALL_STREAMS, DEFAULT_ACL_STREAM]) {
    const expires = await orUnreadable(stream, log, () => persist(leader, limits, (client) => client.expires(stream)));
    if (expires === true) {
      expiring.push(stream);
    }
  }
  const defaults = await orUnreadable(DEFAULT_ACL_STREAM, log, () => lastOf(leader, limits, DEFAULT_ACL_STREAM));
  if (defaults !== undefined && EXPIRY_KEYS.some((key) => JSON.stringify(defaults.data).includes(`"${key}"`))) {
    expiring.push(DEFAULT_ACL_STREAM);
  }
  if (settings.hasAcl && defaults === undefined) {
    log('warn', 'There is no default ACL: whoever may write a stream may let it expire.', {
      stream: DEFAULT_ACL_STREAM,
    });
  }
  expiring.push(...(await expiringStreams(leader, limits, settings.scanMs, log)));
  if (expiring.length > 0) {
    throw new ProofMayExpire([...new Set(expiring)]);
  }
}

/** Streams of ours whose newest metadata carries an expiry. */
async function expiringStreams(
  leader: Connection,
  limits: ReadLimits,
  scanMs: number,
  log: StoreLog,
): Promise<string[]> {
  const expiring = new Set<string>();
  const stop = AbortSignal.timeout(scanMs);
  let complete = false;
  const metadata = drawEvents<StoredEvent>({
    connection: leader,
    ...limits,
    live: false,
    signal: stop,
    open: (client, last) => client.subscribe({ after: last?.position, pattern: METADATA_STREAMS }),
    pick: (item) => {
      complete = item === CAUGHT_UP;
      return item === CAUGHT_UP ? END : item;
    },
  });
  for await (const { stream, data } of metadata) {
    const subject = stream.slice(METADATA_PREFIX.length);
    if (EXPIRY_KEYS.some((key) => Object.hasOwn(data, key)) && STREAM_NAME.test(subject)) {
      expiring.add(subject);
    } else {
      expiring.delete(subject);
    }
  }
  if (!complete) {
    log('warn', 'Not all streams could be checked for expiry in time.', { scanMs });
  }
  return unlessGone([...expiring], leader, limits, log);
}

/** A tombstoned stream keeps its metadata for ever and nothing more can be done about it: it is said, and no reason to stop. */
async function unlessGone(streams: string[], leader: Connection, limits: ReadLimits, log: StoreLog): Promise<string[]> {
  const there: string[] = [];
  for (const stream of streams) {
    try {
      await persist(leader, limits, (client) => client.expires(stream));
      there.push(stream);
    } catch (error) {
      if (!(error instanceof DriverFault) || error.kind !== 'deleted') {
        throw error;
      }
      log('error', 'A stream of proof has been deleted at the database.', { stream });
    }
  }
  return there;
}

async function lastOf(leader: Connection, limits: ReadLimits, stream: string): Promise<StoredEvent | undefined> {
  const newest = drawEvents<StoredEvent>({
    connection: leader,
    ...limits,
    live: false,
    open: (client) => client.readStream(stream, { from: 'end', backwards: true, count: 1 }),
    pick: (item) => (item === CAUGHT_UP ? END : item),
    refusal: (fault) => (fault.kind === 'absent' ? undefined : fault),
  });
  for await (const event of newest) {
    return event;
  }
  return undefined;
}

async function orUnreadable<T>(stream: string, log: StoreLog, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof DriverFault && error.kind === 'denied') {
      log('warn', 'This user may not read whether expiry is set here; have an administrator look.', { stream });
      return undefined;
    }
    throw error;
  }
}
