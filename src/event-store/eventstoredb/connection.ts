import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailable } from '../event-store';
import type { DriverClient } from './driver';
import { DriverFault, isTransient, needsNewClient } from './driver-fault';
import type { StoreLog } from './store-log';

/** One client at a time, replaced when it can no longer be trusted. Says once that the store is gone and once that it is back. */
export interface Connection {
  /** @throws StoreUnavailable after `close` */
  client(): Promise<DriverClient>;
  /** Replaces the client that failed, unless somebody has done so already. */
  renew(failed: DriverClient): Promise<void>;
  /** Replaces the client that is in use now. */
  renewCurrent(): void;
  answered(): void;
  failed(fault: DriverFault): void;
  close(): Promise<void>;
}

export function openConnection(name: string, open: () => DriverClient, log: StoreLog): Connection {
  let current = open();
  let replacing: Promise<void> = Promise.resolve();
  let failingSince: number | undefined;
  let closed = false;

  const renew = (failed: DriverClient): Promise<void> => {
    if (failed === current && !closed) {
      current = open();
      log('warn', 'Replaced the connection to the event store.', { connection: name });
      // Nobody gets the new client before the old one has let go: the old one's end would reject the new one's appends.
      replacing = failed.dispose();
    }
    return replacing;
  };

  return {
    renew,
    renewCurrent: () => void renew(current),
    client: async () => {
      await replacing;
      if (closed) {
        throw new StoreUnavailable('The event store is closed.');
      }
      return current;
    },
    answered: () => {
      if (failingSince !== undefined) {
        log('info', 'The event store answers again.', {
          connection: name,
          outageMs: Math.round(performance.now() - failingSince),
        });
        failingSince = undefined;
      }
    },
    failed: (fault) => {
      if (failingSince === undefined) {
        failingSince = performance.now();
        log('warn', 'The event store does not answer; trying again.', { connection: name, fault: fault.kind });
      }
    },
    close: async () => {
      if (!closed) {
        closed = true;
        replacing = Promise.all([replacing, current.dispose()]).then(() => undefined);
      }
      await replacing;
    },
  };
}

const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 1_000;

/** After so many failures in a row a client is replaced, whatever its errors say: some never find the new leader. */
const TRIES_A_CLIENT = 5;

/** Waits before trying again: doubled each time, and spread so that waiting writers do not return all at once. */
export interface Patience {
  /** Deals with a failed try, or throws StoreUnavailable once the window since the last success has passed. */
  after(connection: Connection, client: DriverClient | undefined, fault: DriverFault): Promise<void>;
  /** Something was answered: the window starts anew. */
  reset(): void;
}

/**
 * @param windowMs undefined: for ever
 * @param signal ends a pause early
 */
export function patience(windowMs: number | undefined, signal?: AbortSignal): Patience {
  let started: number | undefined;
  let tries = 0;
  return {
    reset: () => {
      started = undefined;
      tries = 0;
    },
    after: async (connection, client, fault) => {
      const now = performance.now();
      started ??= now;
      tries += 1;
      connection.failed(fault);
      const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(tries, 10));
      const pauseMs = longest * (0.5 + Math.random() / 2);
      if (windowMs !== undefined && now + pauseMs - started > windowMs) {
        throw new StoreUnavailable(
          `The event store did not answer within ${windowMs} ms (${fault.kind}: ${fault.message}); ` +
            'the outcome of a write is unknown.',
        );
      }
      if (client !== undefined && (needsNewClient(fault) || tries % TRIES_A_CLIENT === 0)) {
        await connection.renew(client);
      }
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    },
  };
}

/** Runs one call with our own time limit, again and again while it fails for reasons that pass. */
export async function persist<T>(
  connection: Connection,
  limits: { readonly windowMs: number; readonly answerMs: number },
  call: (client: DriverClient) => Promise<T>,
): Promise<T> {
  const patient = patience(limits.windowMs);
  for (;;) {
    const client = await connection.client();
    try {
      const answer = await raced(call(client), limits.answerMs);
      connection.answered();
      return answer;
    } catch (error) {
      if (!(error instanceof DriverFault) || !isTransient(error)) {
        throw error;
      }
      await patient.after(connection, client, error);
    }
  }
}

async function raced<T>(call: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DriverFault('hung', `No answer within ${limitMs} ms.`)), limitMs);
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
}
