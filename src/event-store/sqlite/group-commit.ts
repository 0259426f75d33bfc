import type Database from 'better-sqlite3';
import { StoreUnavailable } from '../event-store';
import { withoutDriver } from './driver-fault';

/** Commits what waits, together. */
export interface GroupCommit<Request, Answer> {
  /** @throws StoreUnavailable the disk is full or failed, too much is waiting, or the store is closed */
  submit(request: Request, bytes: number): Promise<Answer>;
  /** Takes nothing more; resolves when everything submitted has its answer. */
  drain(): Promise<void>;
}

export interface GroupCommitOptions<Request, Answer> {
  /** Writes one request inside the open transaction; what it throws is that request's answer alone. */
  readonly write: (request: Request) => Answer;
  /** True for what `write` throws before it has written anything, so that there is nothing to undo. */
  readonly isRefusal: (error: unknown) => boolean;
  /** Called after every rollback, of one request or of all. */
  readonly rolledBack: () => void;
  /** Called after every commit, before the answers. */
  readonly committed: () => void;
}

interface Waiting<Request, Answer> {
  readonly request: Request;
  readonly bytes: number;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

type Outcome<Answer> =
  | { readonly done: true; readonly answer: Answer }
  | { readonly done: false; readonly error: unknown };

/** Most requests and bytes of one commit: together they bound how long the event loop stands still. */
const MAX_COMMIT_REQUESTS = 1_024;
const MAX_COMMIT_BYTES = 4_000_000;
/** Most bytes that may wait; more means that writers outrun the disk. */
const MAX_WAITING_BYTES = 64_000_000;

/**
 * One commit, and so one sync of the disk, for all requests that wait in the same turn of the event loop.
 *
 * Requests run in the order they came. Where one fails half-way the transaction is rolled back and run again, now with
 * a savepoint for each request, so that the one that fails undoes only itself; to set them always would cost a sixth
 * of the throughput. A full disk ends the whole transaction, savepoints and all: then each request gets one of its own.
 * No answer leaves before its commit, refusals included: what they saw is not in the log until then.
 */
export function createGroupCommit<Request, Answer>(
  database: Database.Database,
  { write, isRefusal, rolledBack, committed }: GroupCommitOptions<Request, Answer>,
): GroupCommit<Request, Answer> {
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const rollback = database.prepare('ROLLBACK');
  const savepoint = database.prepare('SAVEPOINT request');
  const release = database.prepare('RELEASE request');
  const undo = database.prepare('ROLLBACK TO request');
  let queue: Waiting<Request, Answer>[] = [];
  let waitingBytes = 0;
  let scheduled = false;
  let onDrained: (() => void) | undefined;

  /** @throws what `write` threw unless it is a refusal */
  function attempt(request: Request): Outcome<Answer> {
    try {
      return { done: true, answer: write(request) };
    } catch (error) {
      if (isRefusal(error)) {
        return { done: false, error };
      }
      throw error;
    }
  }

  /** @throws a fault that ended the transaction */
  function attemptInSavepoint(request: Request): Outcome<Answer> {
    savepoint.run();
    try {
      const outcome = attempt(request);
      release.run();
      return outcome;
    } catch (error) {
      if (!database.inTransaction) {
        throw error;
      }
      undo.run();
      release.run();
      rolledBack();
      return { done: false, error: withoutDriver(error) };
    }
  }

  /** @throws whatever kept the group from being committed; then nothing of it was */
  function inTransaction(
    group: readonly Waiting<Request, Answer>[],
    attemptOne: (request: Request) => Outcome<Answer>,
  ): Outcome<Answer>[] {
    begin.run();
    try {
      const outcomes = group.map(({ request }) => attemptOne(request));
      commit.run();
      return outcomes;
    } catch (error) {
      // Some faults of the disk have already ended the transaction.
      if (database.inTransaction) {
        rollback.run();
      }
      rolledBack();
      throw error;
    }
  }

  function commitAlone(one: Waiting<Request, Answer>): Outcome<Answer>[] {
    try {
      return inTransaction([one], attempt);
    } catch (error) {
      return [{ done: false, error: withoutDriver(error) }];
    }
  }

  function commitTogether(group: readonly Waiting<Request, Answer>[]): Outcome<Answer>[] {
    for (const way of [attempt, attemptInSavepoint]) {
      try {
        return inTransaction(group, way);
      } catch {
        // Nothing of the group is stored; the next way tells which request was to blame.
      }
    }
    return group.flatMap(commitAlone);
  }

  function takeGroup(): Waiting<Request, Answer>[] {
    let bytes = 0;
    let count = 0;
    for (const { bytes: more } of queue) {
      if (count > 0 && (count === MAX_COMMIT_REQUESTS || bytes + more > MAX_COMMIT_BYTES)) {
        break;
      }
      bytes += more;
      count += 1;
    }
    const group = queue.slice(0, count);
    queue = queue.slice(count);
    waitingBytes -= bytes;
    return group;
  }

  function run(): void {
    const group = takeGroup();
    const outcomes = commitTogether(group);
    scheduled = false;
    schedule();
    committed();
    outcomes.forEach((outcome, index) => {
      if (outcome.done) {
        group[index]?.resolve(outcome.answer);
      } else {
        group[index]?.reject(outcome.error);
      }
    });
    if (queue.length === 0) {
      onDrained?.();
    }
  }

  function schedule(): void {
    if (!scheduled && queue.length > 0) {
      scheduled = true;
      // After this turn's input and output: every request that came in with it shares the commit.
      setImmediate(run);
    }
  }

  return {
    submit: (request, bytes) =>
      new Promise((resolve, reject) => {
        if (waitingBytes + bytes > MAX_WAITING_BYTES) {
          reject(new StoreUnavailable('More appends are waiting than the disk can take.'));
          return;
        }
        queue.push({ request, bytes, resolve, reject });
        waitingBytes += bytes;
        schedule();
      }),
    drain: () =>
      new Promise((resolve) => {
        if (queue.length === 0) {
          resolve();
        } else {
          onDrained = resolve;
        }
      }),
  };
}
