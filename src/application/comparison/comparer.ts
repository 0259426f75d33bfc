import { Worker } from 'node:worker_threads';
import { compareTexts, type SectionComparison } from './compare-texts';
import type { ComparisonAnswer, ComparisonOrder } from './comparison-worker';
import { countChangedWords } from './count-changed-words';

/** Compares texts; two of a megabyte take a second of a processor. */
export interface Comparer {
  /** As {@link compareTexts}. @throws ComparerBusy */
  compare(from: string, to: string): Promise<readonly SectionComparison[]>;
  /** As {@link countChangedWords}. @throws ComparerBusy */
  countWords(from: string, to: string): Promise<number>;
  close(): Promise<void>;
}

/** More is waiting to be compared than is good for anybody. Trying again later may work. */
export class ComparerBusy extends Error {
  override readonly name = 'ComparerBusy';
  readonly code = 'COMPARER_BUSY';
}

/** Compares while the caller waits: for a process that does one thing. */
export function comparerHere(): Comparer {
  return {
    compare: async (from, to) => compareTexts(from, to),
    countWords: async (from, to) => countChangedWords(from, to),
    close: async () => undefined,
  };
}

/** Two texts up to this size together are compared at once: handing them over would take as long. Characters. */
export const MAX_COMPARED_HERE = 16_384;
/** Most that may wait for the other thread, which takes one pair after the other. Characters. */
export const MAX_WAITING_TO_BE_COMPARED = 32 * 1_048_576;

export interface ComparerApartOptions {
  /** The program of the other thread. */
  readonly program?: string;
  /** Node's options for it; those of this process unless given. */
  readonly execArgv?: string[];
}

interface Waiting {
  readonly size: number;
  readonly resolve: (answer: ComparisonAnswer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Compares large texts in a thread of their own, so that no other request waits for it: for a server. The thread is
 * started when it is first needed, and anew after one that failed.
 */
export function comparerApart({
  program = require.resolve('./comparison-worker'),
  ...options
}: ComparerApartOptions = {}): Comparer {
  const waiting = new Map<number, Waiting>();
  let waitingSize = 0;
  let lastId = 0;
  let thread: Worker | undefined;

  function take(id: number): Waiting | undefined {
    const taken = waiting.get(id);
    waiting.delete(id);
    waitingSize -= taken?.size ?? 0;
    // An idle thread holds no process up that is otherwise done.
    if (waiting.size === 0) thread?.unref();
    return taken;
  }

  function start(): Worker {
    const started = new Worker(program, options);
    started.on('message', (answer: ComparisonAnswer) => take(answer.id)?.resolve(answer));
    started.on('error', (error) => giveUp(started, error));
    started.on('exit', () => giveUp(started, new Error('The thread that compares texts has ended.')));
    return started;
  }

  function giveUp(failed: Worker, error: Error): void {
    if (thread !== failed) return;
    thread = undefined;
    for (const id of [...waiting.keys()]) take(id)?.reject(error);
  }

  function ask(order: Omit<ComparisonOrder, 'id'>): Promise<ComparisonAnswer> {
    const size = order.from.length + order.to.length;
    if (waitingSize + size > MAX_WAITING_TO_BE_COMPARED) {
      return Promise.reject(new ComparerBusy('Too many texts are waiting to be compared.'));
    }
    thread ??= start();
    thread.ref();
    lastId += 1;
    const id = lastId;
    waitingSize += size;
    thread.postMessage({ id, ...order } satisfies ComparisonOrder);
    return new Promise((resolve, reject) => waiting.set(id, { size, resolve, reject }));
  }

  const isSmall = (from: string, to: string) => from.length + to.length <= MAX_COMPARED_HERE;
  return {
    compare: async (from, to) =>
      isSmall(from, to) ? compareTexts(from, to) : (await ask({ kind: 'sections', from, to })).sections,
    countWords: async (from, to) =>
      isSmall(from, to) ? countChangedWords(from, to) : (await ask({ kind: 'words', from, to })).words,
    close: async () => {
      await thread?.terminate();
    },
  };
}
