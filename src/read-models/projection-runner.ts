import { setTimeout as delay } from 'node:timers/promises';
import { UnreadableEvent } from '../domain/stored-events';
import { type EventStore, type Position, type StoredEvent, StoreUnavailable } from '../event-store/event-store';
import { type EventBatches, eventBatches } from './event-batches';
import { incomingEvent } from './incoming-event';
import { assertContinues, LogNotContinued } from './log-identity';
import { positionWaiters } from './position-waiters';
import type { IncomingEvent, ReadModelStorage } from './projection-tables';
import { ReadModelDamaged } from './read-model-damaged';
import { rebuildTables } from './rebuild-tables';

/** Keeps the read models of this node in step with the log, by the one subscription of the process. */
export interface ProjectionRunner {
  /** Begins to follow the log; returns at once. */
  start(): void;
  state(): RunnerState;
  /**
   * True once this node has applied the position; false when that took longer than `timeoutMs`, or will not happen
   * because it stopped. A mutation answers after it (rule N2).
   */
  waitFor(position: Position, timeoutMs: number): Promise<boolean>;
  /** Calls the listener after every batch: "look". It says nothing of what happened. Answers how to stop it. */
  onApplied(listener: () => void): () => void;
  /** @throws StoreUnavailable */
  lag(): Promise<Lag>;
  /**
   * Makes every table, or those of the projections named, anew from the log and puts the new ones in the place of the
   * old; meanwhile the old ones answer and stay in step.
   * @throws RebuildFailed an event cannot be applied; the old tables stay
   * @throws StoreUnavailable the same
   */
  rebuild(names?: readonly string[]): Promise<void>;
  /** Stops following. What was applied stays applied. */
  close(): Promise<void>;
}

export type RunnerState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'catching-up' }
  | { readonly phase: 'live' }
  /** The store or the disk does not answer; it is tried again. */
  | { readonly phase: 'waiting'; readonly reason: string }
  /** Nothing more is applied until the cause is mended and the process started again. Reading goes on. */
  | { readonly phase: 'stopped'; readonly code: StopCode; readonly reason: string; readonly position?: Position }
  | { readonly phase: 'closed' };

export type StopCode =
  | UnreadableEvent['code']
  | 'EVENT_NOT_APPLICABLE'
  | LogNotContinued['code']
  | ReadModelDamaged['code'];

export interface Lag {
  /** How long the oldest event that is not applied yet has been in the log. */
  readonly ms: number;
  /** Undefined where the store cannot count. */
  readonly events: number | undefined;
}

export interface RunnerOptions {
  readonly store: EventStore;
  readonly storage: ReadModelStorage;
  /** Categories that are read, as prefixes; they decide the ordinals. */
  readonly prefixes: readonly string[];
  /** Categories that must be understood. */
  readonly listed: ReadonlySet<string>;
  readonly nowMs: () => number;
  /**
   * True for a command that writes much and asks nothing meanwhile: what it writes gathers before it is applied, since
   * every transaction writes each page anew that it touches. Whoever waits for a position hurries it.
   */
  readonly unhurried?: boolean;
  /** For operators: no event content, no personal data. */
  readonly log: (
    level: 'info' | 'warn' | 'error',
    message: string,
    details: { readonly [name: string]: string },
  ) => void;
}

/** Of a log with fewer events every index is made anew in no time. */
const YOUNG_LOG_EVENTS = 10_000;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

export function projectionRunner(options: RunnerOptions): ProjectionRunner {
  const { store, storage, prefixes, listed, nowMs, log, unhurried = false } = options;
  const closing = new AbortController();
  const listeners = new Set<() => void>();
  const waiters = positionWaiters((position) => {
    const applied = storage.live().checkpoint().position;
    return applied !== undefined && store.comparePositions(position, applied) <= 0;
  });
  let state: RunnerState = { phase: 'idle' };
  let running: Promise<void> = Promise.resolve();
  let batches: EventBatches | undefined;

  function stop(
    error: UnreadableEvent | LogNotContinued | ReadModelDamaged | { code: 'EVENT_NOT_APPLICABLE'; message: string },
    at?: Position,
  ) {
    const { code, message: reason } = error;
    state = { phase: 'stopped', code, reason, ...(at !== undefined && { position: at }) };
    log('error', 'The read models stopped.', { code, reason, ...(at !== undefined && { position: at }) });
    waiters.giveUp();
  }

  function isStopped(): boolean {
    return state.phase === 'stopped';
  }

  function applied(): void {
    waiters.reached();
    for (const listener of listeners) {
      try {
        listener();
      } catch (error) {
        log('error', 'A listener of the read models failed.', { error: nameOf(error) });
      }
    }
  }

  /** Applies a batch. Answers false when the runner has stopped at one of its events. */
  function applyBatch(batch: readonly IncomingEvent[]): boolean {
    if (batch.length === 0) return true;
    const { applied: count, failure } = storage.live().apply(batch);
    if (count > 0) applied();
    const failed = batch[count];
    if (failed === undefined) return true;
    const what = failed.event?.type ?? 'An event';
    const message = `${what} cannot be applied: ${failure instanceof Error ? failure.message : nameOf(failure)}`;
    stop({ code: 'EVENT_NOT_APPLICABLE', message }, failed.position);
    return false;
  }

  /** Follows the log until the runner stops or closes. @throws whatever the store or the disk does */
  async function follow(): Promise<void> {
    await assertContinues(store, prefixes, storage.live().checkpoint());
    const session = sessionUnder(closing.signal);
    const isLeisurely = () => unhurried && state.phase === 'live' && waiters.count === 0;
    const current = eventBatches({ apply: applyBatch, end: session.end, isLeisurely });
    batches = current;
    const after = storage.live().checkpoint().position;
    const signal = session.signal;
    try {
      for await (const item of store.subscribe({ prefixes, signal, ...(after !== undefined && { after }) })) {
        if (item.kind === 'event') take(item.event, current);
        else if (current.flush()) caughtUp();
        if (isStopped()) return;
      }
      current.flush();
    } finally {
      current.end();
      session.end();
    }
    if (current.failure() !== undefined) throw current.failure();
  }

  function take(stored: StoredEvent, into: EventBatches): void {
    try {
      into.add(incomingEvent(stored, listed));
    } catch (error) {
      if (!(error instanceof UnreadableEvent)) throw error;
      if (into.flush()) stop(error, stored.position);
    }
  }

  function caughtUp(): void {
    storage.live().finish();
    // Of many rows an index is made in a fraction of the time that it takes row by row; crashed, it is made at the next start.
    if (unhurried && storage.live().checkpoint().n < YOUNG_LOG_EVENTS) storage.live().bare();
    if (state.phase === 'live') return;
    state = { phase: 'live' };
    log('info', 'The read models are up to date.', { events: String(storage.live().checkpoint().n) });
    applied();
  }

  async function run(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    while (!closing.signal.aborted) {
      state = { phase: 'catching-up' };
      const before = storage.live().checkpoint().n;
      const error = await follow().catch((failure: unknown) => failure);
      if (error instanceof LogNotContinued || error instanceof ReadModelDamaged) return stop(error);
      if (closing.signal.aborted || isStopped()) return;
      if (storage.live().checkpoint().n > before) retryMs = FIRST_RETRY_MS;
      const reason = reasonOf(error);
      state = { phase: 'waiting', reason };
      log('warn', 'The read models wait for the log.', { reason, retryMs: String(retryMs) });
      await delay(retryMs, undefined, { signal: closing.signal }).catch(() => undefined);
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
    }
  }

  async function rebuild(names?: readonly string[]): Promise<void> {
    try {
      await assertContinues(store, prefixes, storage.live().checkpoint());
    } catch (error) {
      if (!(error instanceof LogNotContinued)) throw error;
      storage.reset();
      if (isStopped()) restart();
      return;
    }
    await rebuildTables({ store, storage, prefixes, listed, names });
    applied();
  }

  function restart(): void {
    state = { phase: 'idle' };
    running = running.then(run);
  }

  return {
    start: () => {
      if (state.phase === 'idle') running = run();
    },
    state: () => (closing.signal.aborted ? { phase: 'closed' } : state),
    waitFor: (position, timeoutMs) => {
      const reached = waiters.wait(position, state.phase === 'stopped' || closing.signal.aborted ? 0 : timeoutMs);
      if (waiters.count > 0) batches?.hurry();
      return reached;
    },
    onApplied: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    lag: () => lagOf(store, prefixes, storage.live().checkpoint().position, nowMs()),
    rebuild,
    close: async () => {
      closing.abort();
      waiters.giveUp();
      await running;
      if (unhurried) storage.live().finish();
    },
  };
}

/** An abort signal that ends with the outer one or by itself, and holds nothing once ended. */
function sessionUnder(outer: AbortSignal): { readonly signal: AbortSignal; readonly end: () => void } {
  const own = new AbortController();
  const end = () => {
    outer.removeEventListener('abort', end);
    own.abort();
  };
  if (outer.aborted) own.abort();
  else outer.addEventListener('abort', end);
  return { signal: own.signal, end };
}

async function lagOf(
  store: EventStore,
  prefixes: readonly string[],
  applied: Position | undefined,
  nowMs: number,
): Promise<Lag> {
  const head = await store.head(prefixes);
  if (head === undefined || (applied !== undefined && store.comparePositions(head, applied) <= 0))
    return { ms: 0, events: 0 };
  for await (const next of store.readAll({ prefixes, limit: 1, ...(applied !== undefined && { after: applied }) })) {
    return { ms: Math.max(0, nowMs - next.recordedAt), events: undefined };
  }
  return { ms: 0, events: 0 };
}

function reasonOf(error: unknown): string {
  if (error === undefined) return 'SUBSCRIPTION_ENDED';
  return error instanceof StoreUnavailable ? error.code : nameOf(error);
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
