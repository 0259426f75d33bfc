import type { Application } from '../application/application';
import { type Evidence, evidenceOf } from '../application/evidence';
import { personOf } from '../application/persons';
import { isErased } from '../domain/subject/subject.state';
import { epochMsOf } from '../domain/time';
import { StoreUnavailable } from '../event-store/event-store';
import type { ProjectionRunner } from '../read-models/projection-runner';
import { EMPTY_PREFIX, type Prefix, type ReadModels, START_OF_LOG } from '../read-models/read-models';
import { RecordsUnavailable } from '../records/records';
import { SubjectKeyGone, VaultUnavailable } from '../vault/vault';
import type { EvidenceGenerators } from './evidence-generators';
import { LedgerBehind } from './ledger-behind';
import { OrderFailed } from './order-failed';
import { type FileOrder, type PreparedFiles, PreparedFilesUnavailable, type Rows } from './prepared-files';

/** No prepared file lives longer (rule E3). */
export const EVIDENCE_LIFE_MS = 7 * 24 * 3_600_000;
/** An order that could not be carried out just now is tried again after so long. */
export const RETRY_DELAY_MS = 5_000;
/** How long an order waits for the read models to come as far as its prefix, before another gets its turn. */
const PREFIX_WAIT_MS = 30_000;
/** Small pieces are gathered to so many bytes before they are written. */
const WRITTEN_AT_ONCE_BYTES = 65_536;

export interface PreparerParts {
  readonly app: Application;
  readonly readModels: ReadModels;
  readonly progress: Pick<ProjectionRunner, 'waitFor' | 'onApplied'>;
  readonly files: PreparedFiles;
  readonly generators: EvidenceGenerators;
  readonly nowMs: () => number;
  /** Told of what went wrong, never of what was being written. */
  readonly reportFault: (error: unknown) => void;
  readonly retryDelayMs?: number;
}

/** Carries out orders in the background, one at a time, in their order; goes on after a restart where it stopped. */
export interface Preparer {
  /** Something may be waiting. */
  wake(): void;
  /** How far the order under way is. */
  rowsOf(id: string): Rows | undefined;
  /** Stops what is being made of a person's values and waits until it has stopped. */
  stop(subjectId: string): Promise<void>;
  /** Answers once nothing is under way. */
  idle(): Promise<void>;
  /** Stops what is under way, which is begun anew after the next start. */
  close(): Promise<void>;
}

export function createPreparer(parts: PreparerParts): Preparer {
  const { files, reportFault, retryDelayMs = RETRY_DELAY_MS } = parts;
  const delayed = new Map<string, NodeJS.Timeout>();
  let current: Undertaking | undefined;
  let loop: Promise<void> | undefined;
  let woken = false;
  let closed = false;

  const later = (id: string) => {
    const timer = setTimeout(() => {
      delayed.delete(id);
      wake();
    }, retryDelayMs);
    delayed.set(id, timer.unref());
  };
  const work = async () => {
    while (woken && !closed) {
      woken = false;
      const next = (await files.waiting()).find(({ id }) => !delayed.has(id));
      if (!next) continue;
      woken = true;
      current = undertake(parts, next);
      if ((await current.done) === 'later') later(next.id);
      current = undefined;
    }
  };
  function wake(): void {
    woken = true;
    loop ??= work()
      .catch(reportFault)
      .finally(() => {
        loop = undefined;
        if (woken && !closed) wake();
      });
  }

  return {
    wake,
    rowsOf: (id) => (current?.order.id === id ? current.rows : undefined),
    stop: async (subjectId) => {
      if (current?.order.subjectId !== subjectId) return;
      current.abort.abort(new Stopped());
      await current.done;
    },
    idle: async () => {
      while (loop) await loop;
    },
    close: async () => {
      closed = true;
      for (const timer of delayed.values()) clearTimeout(timer);
      current?.abort.abort(new Stopped());
      await loop;
    },
  };
}

interface Undertaking {
  readonly order: FileOrder;
  readonly abort: AbortController;
  rows: Rows | undefined;
  readonly done: Promise<'done' | 'later'>;
}

/** Somebody asked for it to stop; it is no failure. */
class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** This node's read models have not come as far as the order's prefix. */
class PrefixNotReached extends Error {
  override readonly name = 'PrefixNotReached';
}

function undertake(parts: PreparerParts, order: FileOrder): Undertaking {
  const abort = new AbortController();
  const undertaking = { order, abort, rows: undefined as Rows | undefined };
  const rows = (rowsDone: number, rowsTotal: number) => {
    undertaking.rows = { rowsDone, rowsTotal };
  };
  const done = prepare(parts, order, abort.signal, rows, () => undertaking.rows).then(
    () => 'done' as const,
    (error) => settle(parts, order, error),
  );
  return Object.assign(undertaking, { done });
}

async function prepare(
  parts: PreparerParts,
  { id }: FileOrder,
  signal: AbortSignal,
  rows: (done: number, total: number) => void,
  rowsWritten: () => Rows | undefined,
): Promise<void> {
  const { app, files, generators, nowMs } = parts;
  const evidence = await evidenceOf(app, id);
  if (!evidence) throw new OrderFailed('EVIDENCE_UNKNOWN');
  if (epochMsOf(evidence.requestedAt) + EVIDENCE_LIFE_MS <= nowMs()) throw new OrderFailed('EVIDENCE_TOO_LATE');
  const generator = generators[evidence.kind]?.[evidence.format];
  if (!generator) throw new OrderFailed('EVIDENCE_KIND_NOT_AVAILABLE');
  await assertNotErased(app, evidence);
  const prefix = await unlessAborted(signal, prefixOf(parts, evidence));
  const content = gathered(signal, generator(evidence, { prefix, signal, rows }));
  const written = await files.write(id, content);
  if (!written) return;
  // Asked of the log itself, not of what this node has applied of it: an erasure may have begun meanwhile.
  await assertNotErased(app, evidence);
  const { rowsDone, rowsTotal } = rowsWritten() ?? { rowsDone: 0, rowsTotal: 0 };
  await files.complete(id, { ...written, rowsDone, rowsTotal, expiresAtMs: nowMs() + EVIDENCE_LIFE_MS });
}

async function assertNotErased(app: Application, { subjectId, afterErasure }: Evidence): Promise<void> {
  if (afterErasure) return;
  if (subjectId !== undefined && isErased(await personOf(app, subjectId))) throw new OrderFailed('SUBJECT_ERASED');
}

async function prefixOf({ readModels, progress }: PreparerParts, { position }: Evidence): Promise<Prefix> {
  if (position === START_OF_LOG) return EMPTY_PREFIX;
  await progress.waitFor(position, PREFIX_WAIT_MS);
  const prefix = readModels.prefixAtPosition(position);
  if (!prefix) throw new PrefixNotReached('The read models have not come that far.');
  return prefix;
}

/** What an order comes to that was not carried out. */
async function settle(parts: PreparerParts, { id, subjectId }: FileOrder, error: unknown): Promise<'done' | 'later'> {
  if (error instanceof Stopped) return 'done';
  if (isPassing(error)) return 'later';
  const { files, reportFault, nowMs } = parts;
  const failed = error instanceof OrderFailed;
  if (!failed) reportFault(error);
  try {
    if (failed && error.code === 'SUBJECT_ERASED' && subjectId !== undefined) await files.removePerson(subjectId);
    else await files.fail(id, failed ? error.code : 'PREPARATION_FAILED', nowMs() + EVIDENCE_LIFE_MS);
    return 'done';
  } catch (fault) {
    if (!isPassing(fault)) reportFault(fault);
    return 'later';
  }
}

/** What may be well after a while. A person's key that is gone says that an erasure has begun: the next turn tells. */
function isPassing(error: unknown): boolean {
  return [
    PrefixNotReached,
    LedgerBehind,
    StoreUnavailable,
    VaultUnavailable,
    RecordsUnavailable,
    PreparedFilesUnavailable,
    SubjectKeyGone,
  ].some((kind) => error instanceof kind);
}

async function* gathered(signal: AbortSignal, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of content) {
    signal.throwIfAborted();
    waiting.push(chunk);
    bytes += chunk.length;
    if (bytes < WRITTEN_AT_ONCE_BYTES) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    bytes = 0;
  }
  signal.throwIfAborted();
  if (bytes > 0) yield Buffer.concat(waiting);
}

async function unlessAborted<T>(signal: AbortSignal, waiting: Promise<T>): Promise<T> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    waiting.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
