import { setTimeout as delay } from 'node:timers/promises';
import type { EventStore, Position } from '../event-store/event-store';
import { checkAtStart } from './check-at-start';
import { assertNothingBehind, behindTree } from './check-leaves';
import { assertHasNoted } from './check-noted';
import { checkpointStream, originOf, type SignedCheckpoint } from './checkpoint-stream';
import { addMissingLeaves, followLog } from './follow-log';
import { keyChangesUpTo } from './key-changes';
import type { KeyHandover } from './key-handover';
import { type Divergence, LedgerDiverged } from './ledger-faults';
import { ensureLedgerKey, ledgerKeysOf } from './ledger-keys';
import { type LedgerTree, leafAt } from './ledger-tree';
import { createLedgerWatch, type LedgerLog, type LedgerPhase, type LedgerWatch } from './ledger-watch';
import { checkpointMemory, type NotedCheckpoint } from './noted-checkpoint';
import { assertLogGoesOnFrom } from './rebuilt-root';
import { createScrub, SCRUB_PACE, type Scrub, type ScrubPace, type ScrubState } from './scrub';
import { assertExtends, logShorter, type SigningParts, signersAfter } from './sign-checkpoints';
import { SIGNING_PACE, type SigningPace, type SigningTurns, signingTurns } from './signing-turns';
import type { TimestampAuthority } from './timestamp-authority';
import { type CheckpointTimestamp, createTimestamps, type Timestamps } from './timestamps';

/** The Merkle tree over the log with its signed checkpoints, and the watch over both (rules L1, L3, L4). */
export interface Ledger {
  readonly tree: LedgerTree;
  state(): LedgerState;
  /** Begins to follow the log where that keeps no tree itself, to look through it, and to sign from time to time. */
  start(): void;
  /**
   * The newest checkpoint; one is signed first where the tree has grown since, though not more often than once a second.
   * Undefined while the tree has no leaf.
   * @throws LedgerDiverged LedgerKeyUnknown StoreUnavailable
   */
  checkpoint(): Promise<SignedCheckpoint | undefined>;
  /**
   * The first checkpoint of at least so many leaves; one is signed where there is none. Undefined where the tree has
   * not as many.
   * @throws LedgerDiverged LedgerKeyUnknown StoreUnavailable
   */
  covering(size: number): Promise<SignedCheckpoint | undefined>;
  /**
   * How the key that signed a checkpoint came to sign, oldest first.
   * @throws LedgerDiverged StoreUnavailable
   */
  keyChanges(checkpoint: SignedCheckpoint): Promise<readonly KeyHandover[]>;
  /** The leaf of the event at a position; undefined where none stands. */
  leafAt(position: Position): number | undefined;
  /** True once the tree reaches up to a position; false when that took longer. */
  reach(position: Position, timeoutMs: number): Promise<boolean>;
  /** True once the tree has so many leaves; false when that took longer. */
  reachSize(size: number, timeoutMs: number): Promise<boolean>;
  /** What an authority says when the checkpoint of that size was there; undefined where it was not asked. */
  timestampOf(size: number): Promise<CheckpointTimestamp | undefined>;
  /**
   * The same, after asking it where it was not asked yet; undefined where none is configured, or there is no checkpoint of
   * that size.
   * @throws TimestampUnavailable TimestampRefused LedgerDiverged StoreUnavailable
   */
  obtainTimestamp(size: number): Promise<CheckpointTimestamp | undefined>;
  /** @throws LedgerDiverged LedgerKeyUnknown nothing may be written on */
  assertSound(): void;
  /** Makes the tree anew from the log and checks it against the checkpoints: the help where only the tree was damaged. */
  rebuild(): Promise<void>;
  close(): Promise<void>;
}

export interface LedgerState {
  readonly phase: LedgerPhase;
  readonly reason: string | undefined;
  /** What was found, where the log diverged. */
  readonly divergence: Divergence | undefined;
  /** Leaves of the tree. */
  readonly size: number;
  /** Leaves under the newest checkpoint that this node has seen. */
  readonly signed: number;
  /** When that checkpoint was recorded, in milliseconds since 1970-01-01T00:00Z. */
  readonly signedAt: number | undefined;
  readonly scrub: ScrubState;
}

export interface LedgerOptions {
  /** The log itself: checkpoints are appended also where others may not write. */
  readonly store: EventStore;
  readonly tree: LedgerTree;
  readonly logId: string;
  /** Categories whose events are leaves, as prefixes. */
  readonly prefixes: readonly string[];
  readonly keysDirectory: string;
  /** True where the store writes each leaf with its event. */
  readonly inStep: boolean;
  readonly nowMs: () => number;
  readonly log: LedgerLog;
  /** Who stamps checkpoints; absent: nobody. */
  readonly authority?: TimestampAuthority | undefined;
  readonly pace?: Partial<LedgerPace>;
}

export interface LedgerPace extends SigningPace {
  /** How often it is looked whether a checkpoint is due. */
  readonly lookMs: number;
  readonly scrub: ScrubPace;
}

const LOOK_MS = 1_000;
const RETRY_MS = 1_000;

/** What the functions below work on. */
interface LedgerParts extends SigningParts {
  readonly options: LedgerOptions;
  readonly pace: LedgerPace;
  readonly watch: LedgerWatch;
  readonly turns: SigningTurns;
  readonly scrub: Scrub;
  readonly timestamps: Timestamps;
  /** Told whenever leaves were added by following the log. */
  readonly listeners: Set<() => void>;
}

/**
 * Opens the ledger of a log: leaves that are missing are added, and the checks of a start are made.
 *
 * What is found wrong with the log is no error here: the ledger then says so, and writing is refused.
 *
 * @throws KeyFileUnusable StoreUnavailable
 */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const parts = partsOf(options);
  const { tree, store, watch, turns } = parts;
  const closing = new AbortController();
  let work: readonly Promise<void>[] = [];
  await watch.quietly(() => bringInStep(parts));
  return {
    tree,
    state: () => stateOf(parts),
    start: () => {
      work = tasksOf(parts, closing.signal);
    },
    checkpoint: async () => {
      watch.assertSound();
      return turns.fresh();
    },
    covering: async (size) => {
      watch.assertSound();
      return turns.covering(size);
    },
    keyChanges: (checkpoint) => watch.over(() => keyChangesUpTo(parts.checkpoints, checkpoint)),
    leafAt: (position) => leafAt(tree, position, store.comparePositions),
    reach: (position, timeoutMs) => waitUntil(parts, () => reaches(parts, position), timeoutMs),
    reachSize: (size, timeoutMs) => waitUntil(parts, () => tree.size() >= size, timeoutMs),
    timestampOf: (size) => parts.timestamps.of(size),
    obtainTimestamp: async (size) => {
      watch.assertSound();
      return parts.timestamps.obtain(size);
    },
    assertSound: watch.assertSound,
    rebuild: async () => {
      watch.reset();
      await watch.quietly(async () => {
        // What was kept of the leaves is evidence until it is known that the log is the one that was proven.
        await assertLogGoesOnFrom(parts, parts.memory.read());
        tree.clear();
        await bringInStep(parts);
      });
    },
    close: async () => {
      closing.abort();
      await Promise.all(work);
      if (watch.phase() !== 'SOUND') return;
      if (work.length > 0 || turns.hasMuchUnsigned()) await turns.sign().catch(() => undefined);
    },
  };
}

function stateOf({ tree, watch, turns, scrub }: LedgerParts): LedgerState {
  const newest = turns.newest();
  const told = { signed: newest?.size ?? 0, signedAt: newest?.recordedAt };
  try {
    const measured = { size: tree.size(), scrub: scrub.state() };
    return { ...foundBy(watch), ...told, ...measured };
  } catch (error) {
    if (!(error instanceof LedgerDiverged)) throw error;
    // A tree that lost a part cannot say how large it is.
    watch.diverge(error);
    return { ...foundBy(watch), ...told, size: 0, scrub: { leaves: 0, wholeAt: undefined } };
  }
}

function foundBy(watch: LedgerWatch): Pick<LedgerState, 'phase' | 'reason' | 'divergence'> {
  return { phase: watch.phase(), reason: watch.reason(), divergence: watch.divergence() };
}

function partsOf(options: LedgerOptions): LedgerParts {
  const { store, tree, logId, prefixes, keysDirectory, inStep, nowMs, log, authority } = options;
  const pace = { ...SIGNING_PACE, lookMs: LOOK_MS, scrub: SCRUB_PACE, ...options.pace };
  const origin = originOf(logId);
  const checkpoints = checkpointStream(store, logId);
  const keys = () => ledgerKeysOf(keysDirectory, origin);
  tree.claim(logId);
  const memory = checkpointMemory(keysDirectory, logId, log);
  const signing: SigningParts = { store, tree, prefixes, origin, checkpoints, keys, inStep, memory };
  const watch = createLedgerWatch(log);
  const turns = signingTurns(signing, watch, nowMs, pace);
  const scrub = createScrub(signing, nowMs, pace.scrub);
  const timestamps = createTimestamps({ store, logId, checkpoints, authority, nowMs, log });
  return { ...signing, options, pace, watch, turns, scrub, timestamps, listeners: new Set() };
}

/** Adds the leaves that are missing and checks everything that a start has to. */
async function bringInStep(parts: LedgerParts): Promise<void> {
  const { tree, memory, checkpoints, inStep, options } = parts;
  const kept = tree.size();
  if (!inStep) {
    await addMissingLeaves(parts);
  } else if (kept > 0 && !tree.isBeingMade()) {
    const noted = memory.read();
    await assertNothingBehind(parts, Math.max(noted?.size ?? 0, (await checkpoints.last())?.size ?? 0));
  } else {
    // One that was stopped on the way must not be taken for one that lost its end.
    const isBegun = tree.isBeingMade();
    if (!isBegun) tree.beginMaking();
    const added = await addMissingLeaves(parts);
    tree.endMaking();
    if (!isBegun && added > 0 && (await checkpoints.last()) !== undefined)
      options.log('warn', 'The tree was gone, and was made anew from the log.', { leaves: String(added) });
  }
  await check(parts, kept);
}

/** @param kept leaves from here on were only now made from the log */
async function check(parts: LedgerParts, kept: number): Promise<void> {
  const { tree, checkpoints, keys, origin, turns, watch, options } = parts;
  const noted = parts.memory.read();
  const last = await checkpoints.last();
  await assertExtends(parts, last);
  await assertNotCutOff(parts, last);
  await assertHasNoted(parts, noted, last);
  if (last === undefined) {
    ensureLedgerKey(options.keysDirectory, origin, (message) => options.log('warn', message, {}));
  }
  turns.learn(last);
  await checkAtStart(parts, kept, last && last.size <= tree.size() ? last : undefined);
  watch.checked();
  signersAfter(last, keys());
  if (last !== undefined) noteAtStart(parts, noted, last);
}

/** After everything else: what is noted is from then on held against the log. */
function noteAtStart(
  { memory, options }: LedgerParts,
  noted: NotedCheckpoint | undefined,
  last: SignedCheckpoint,
): void {
  if (noted === undefined) {
    const message = 'No checkpoint was noted beside the keys. If this is not the first start with them, ask why.';
    options.log('warn', message, { noted: String(last.size) });
  }
  memory.keep(last);
}

/** What goes on until the ledger closes. */
function tasksOf(parts: LedgerParts, signal: AbortSignal): readonly Promise<void>[] {
  const { watch, turns, scrub, timestamps, pace, inStep, options } = parts;
  const keepAt = async (name: string, everyMs: number, task: () => Promise<void>) => {
    while (!signal.aborted && !watch.isDiverged()) {
      await watch.attempt(name, task);
      await delay(everyMs, undefined, { signal }).catch(() => undefined);
    }
  };
  const tasks = [
    keepAt('sign', pace.lookMs, async () => (watch.isChecked() ? turns.whenDue() : undefined)),
    keepAt('scrub', RETRY_MS, async () => (watch.isChecked() ? scrub.run(signal) : undefined)),
  ];
  if (options.authority !== undefined) {
    tasks.push(keepAt('stamp', pace.lookMs, () => timestamps.whenDue(turns.newest())));
  }
  if (!inStep) tasks.push(keepAt('follow', RETRY_MS, () => follow(parts, signal)));
  return tasks;
}

function follow(parts: LedgerParts, signal: AbortSignal): Promise<void> {
  const { tree, checkpoints, watch, listeners } = parts;
  const grown = () => {
    for (const listener of listeners) listener();
  };
  const caughtUp = async () => {
    if (!watch.isChecked()) await watch.quietly(() => check(parts, tree.size()));
    await assertNotCutOff(parts, await checkpoints.last());
  };
  return behindTree(parts, () => followLog(parts, signal, grown, caughtUp));
}

/** A tree that follows the log may be behind what was signed; behind the end of the log it has lost something. */
async function assertNotCutOff(parts: LedgerParts, last: SignedCheckpoint | undefined): Promise<void> {
  const { tree, store, prefixes } = parts;
  if (last === undefined || last.size <= tree.size()) return;
  // A server that is behind has caught up with itself alone: the leader says where the log ends.
  const head = await store.head(prefixes);
  if (head === undefined || reaches(parts, head)) throw logShorter(parts, last);
}

function reaches({ tree, store }: Pick<LedgerParts, 'tree' | 'store'>, position: Position): boolean {
  const size = tree.size();
  return size > 0 && store.comparePositions(tree.positionOf(size - 1), position) >= 0;
}

/** Waits for a tree that follows the log; one that is in step with it has come as far as it can. */
function waitUntil({ listeners, inStep }: LedgerParts, holds: () => boolean, timeoutMs: number): Promise<boolean> {
  if (holds() || inStep) return Promise.resolve(holds());
  return new Promise((resolve) => {
    const look = () => {
      if (holds()) end(true);
    };
    const timer = setTimeout(() => end(false), timeoutMs);
    const end = (reached: boolean) => {
      clearTimeout(timer);
      listeners.delete(look);
      resolve(reached);
    };
    listeners.add(look);
  });
}

/** The same store, which takes no append any more once the log was found to be another than it was. */
export function guardedBy<Store extends EventStore>(store: Store, ledger: Pick<Ledger, 'assertSound'>): Store {
  return {
    ...store,
    append: async (stream, events, expected) => {
      ledger.assertSound();
      return store.append(stream, events, expected);
    },
  };
}
