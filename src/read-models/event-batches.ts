import type { IncomingEvent } from './projection-tables';

/** Gathers events into batches: full ones are applied at once, others as soon as the event loop has nothing to add. */
export interface EventBatches {
  add(event: IncomingEvent): void;
  /** Applies what has gathered. False when nothing more is to be applied. */
  flush(): boolean;
  /** Somebody waits for what has gathered. */
  hurry(): void;
  /** What went wrong outside the reader's own steps. */
  failure(): unknown;
  /** Lets go of what has gathered: nothing is applied later. */
  end(): void;
}

export interface EventBatchesOptions {
  /** Answers false when nothing more is to be applied. */
  readonly apply: (batch: readonly IncomingEvent[]) => boolean;
  /** Told when applying ended outside the reader's own steps. */
  readonly end: () => void;
  /** True while nobody minds that events gather. */
  readonly isLeisurely: () => boolean;
}

/** Most events applied in one transaction: it bounds how long the event loop stands still. */
export const MAX_BATCH_EVENTS = 500;
/** The same where nobody minds, and how long fewer of them gather. Small ones: a command's own, read as it writes. */
export const MAX_GATHERED_EVENTS = 5_000;
export const GATHERING_MS = 10_000;

export function eventBatches({ apply, end, isLeisurely }: EventBatchesOptions): EventBatches {
  let pending: IncomingEvent[] = [];
  let soon: NodeJS.Immediate | undefined;
  let later: NodeJS.Timeout | undefined;
  let open = true;
  let failure: unknown;

  function unschedule(): void {
    clearImmediate(soon);
    clearTimeout(later);
    soon = undefined;
    later = undefined;
  }

  function flush(): boolean {
    unschedule();
    const batch = pending;
    pending = [];
    if (open) open = apply(batch);
    return open;
  }

  function flushAlone(): void {
    try {
      if (!flush()) end();
    } catch (error) {
      open = false;
      failure = error;
      end();
    }
  }

  function schedule(): void {
    if (isLeisurely()) later ??= setTimeout(flushAlone, GATHERING_MS);
    else soon ??= setImmediate(flushAlone);
  }

  return {
    add: (event) => {
      pending.push(event);
      if (pending.length >= (isLeisurely() ? MAX_GATHERED_EVENTS : MAX_BATCH_EVENTS)) flush();
      else schedule();
    },
    flush,
    hurry: () => {
      if (pending.length > 0) soon ??= setImmediate(flushAlone);
    },
    failure: () => failure,
    end: () => {
      open = false;
      pending = [];
      unschedule();
    },
  };
}
