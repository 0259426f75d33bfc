import type { Application } from '../application/application';
import { type Evidence, evidenceOf } from '../application/evidence';
import { personOf } from '../application/persons';
import { isErased } from '../domain/subject/subject.state';
import { epochMsOf } from '../domain/time';
import { StoreUnavailable } from '../event-store/event-store';
import { READ_PREFIXES } from '../read-models/incoming-event';
import type { ProjectionRunner } from '../read-models/projection-runner';
import { EMPTY_PREFIX, type Prefix, type ReadModels, START_OF_LOG } from '../read-models/read-models';
import { RecordsUnavailable } from '../records/records';
import { SubjectKeyGone, VaultUnavailable } from '../vault/vault';
import { type EvidenceGenerators, type EvidenceWork, MarkOutdated } from './evidence-generators';
import { LedgerBehind } from './ledger-behind';
import { OrderFailed } from './order-failed';
import { type FileOrder, type Piece, type PreparedFiles, PreparedFilesUnavailable, type Rows } from './prepared-files';
import type { SpoiltFiles } from './spoilt-files';
import { unlessAborted } from './unless-aborted';

/** No prepared file lives longer (rule E3). */
export const EVIDENCE_LIFE_MS = 7 * 24 * 3_600_000;
/** An order that could not be carried out just now is tried again after so long. */
export const RETRY_DELAY_MS = 5_000;
/** How long an order waits for the read models to come as far as its prefix, before another gets its turn. */
const PREFIX_WAIT_MS = 30_000;
/** Small pieces are gathered to so many bytes before they are written. */
const WRITTEN_AT_ONCE_BYTES = 65_536;
/** A file is marked after so many bytes at the earliest: what is before its last mark is not written again. */
export const MARK_EVERY_BYTES = 4 * 1_048_576;

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

/** What a preparer needs beside: which of the orders are its own. */
interface LaneParts extends PreparerParts {
  readonly spoilt: SpoiltFiles;
  readonly isMine: (order: FileOrder) => boolean;
}

/** Carries out orders in the background, one at a time, in their order; goes on after a restart where it stopped. */
export interface Preparer {
  /** Something may be waiting. */
  wake(): void;
  /** How far the order under way is. */
  rowsOf(id: string): Rows | undefined;
  /** Stops what is being made, if it is one of those, and waits until it has stopped. */
  stop(isMeant: (order: FileOrder) => boolean): Promise<void>;
  /** Answers once nothing is under way. */
  idle(): Promise<void>;
  /** Stops what is under way, which goes on from its last mark after the next start. */
  close(): Promise<void>;
}

export function createPreparer(parts: LaneParts): Preparer {
  const { files, reportFault, isMine, retryDelayMs = RETRY_DELAY_MS } = parts;
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
      const next = (await files.waiting()).find((order) => isMine(order) && !delayed.has(order.id));
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
    stop: async (isMeant) => {
      if (!current || !isMeant(current.order)) return;
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

function undertake(parts: LaneParts, order: FileOrder): Undertaking {
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
  parts: LaneParts,
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
  await assertNotErased(parts, evidence);
  const prefix = await unlessAborted(signal, prefixOf(parts, evidence));
  const from = await files.markOf(id);
  const content = gathered({ prefix, signal, rows, ...(from && { resumed: from.state }) }, (work) =>
    generator(evidence, work),
  );
  const written = await files.write(id, content, from);
  if (!written) return;
  // Asked of the log itself, not of what this node has applied of it: an erasure may have begun meanwhile.
  await assertNotErased(parts, evidence);
  const { rowsDone, rowsTotal } = rowsWritten() ?? { rowsDone: 0, rowsTotal: 0 };
  await files.complete(id, { ...written, rowsDone, rowsTotal, expiresAtMs: nowMs() + EVIDENCE_LIFE_MS });
}

async function assertNotErased({ app, progress, spoilt }: LaneParts, evidence: Evidence): Promise<void> {
  const { subjectId, personalValues, afterErasure } = evidence;
  if (afterErasure) return;
  if (subjectId !== undefined) {
    if (isErased(await personOf(app, subjectId))) throw new OrderFailed('SUBJECT_ERASED');
  } else if (personalValues) {
    const head = await app.store.head(READ_PREFIXES);
    if (head !== undefined && !(await progress.waitFor(head, PREFIX_WAIT_MS))) {
      throw new PrefixNotReached('Whether somebody was erased is not known here yet.');
    }
    if (await spoilt.isSpoilt(evidence)) throw new OrderFailed('SUBJECT_ERASED');
  }
}

async function prefixOf({ readModels, progress }: PreparerParts, { position }: Evidence): Promise<Prefix> {
  if (position === START_OF_LOG) return EMPTY_PREFIX;
  await progress.waitFor(position, PREFIX_WAIT_MS);
  const prefix = readModels.prefixAtPosition(position);
  if (!prefix) throw new PrefixNotReached('The read models have not come that far.');
  return prefix;
}

/** What an order comes to that was not carried out. */
async function settle(parts: LaneParts, { id, subjectId }: FileOrder, error: unknown): Promise<'done' | 'later'> {
  if (error instanceof Stopped) return 'done';
  if (isPassing(error)) return 'later';
  const { files, reportFault, nowMs } = parts;
  const failed = error instanceof OrderFailed;
  if (!failed && !(error instanceof MarkOutdated)) reportFault(error);
  try {
    if (error instanceof MarkOutdated) await files.dropMark(id);
    else if (!failed || error.code !== 'SUBJECT_ERASED')
      await files.fail(id, failed ? error.code : 'PREPARATION_FAILED', nowMs() + EVIDENCE_LIFE_MS);
    else if (subjectId === undefined) await files.remove(id);
    else await files.removePerson(subjectId);
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

/** Few and large pieces of many small ones, and a mark now and then behind what was final by then. */
async function* gathered(
  given: Omit<EvidenceWork, 'mark'>,
  generate: (work: EvidenceWork) => AsyncIterable<Uint8Array>,
): AsyncGenerator<Piece> {
  const { signal } = given;
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  let unmarked = 0;
  let mark: string | undefined;
  const take = () => {
    const piece = Buffer.concat(waiting);
    waiting = [];
    bytes = 0;
    return piece;
  };
  const noted = (state: string) => {
    mark = state;
  };
  for await (const chunk of generate({ ...given, mark: noted })) {
    signal.throwIfAborted();
    // Noted since the last chunk was taken: that one is final, and this one is not.
    if (mark !== undefined && unmarked >= MARK_EVERY_BYTES) {
      if (bytes > 0) yield take();
      yield { mark };
      unmarked = 0;
    }
    mark = undefined;
    waiting.push(chunk);
    bytes += chunk.length;
    unmarked += chunk.length;
    if (bytes >= WRITTEN_AT_ONCE_BYTES) yield take();
  }
  signal.throwIfAborted();
  if (bytes > 0) yield take();
}
