import type { ProjectionRunner } from '../read-models/projection-runner';
import type { ReadModels } from '../read-models/read-models';

/** After something was applied, erasures are looked for at most so often. */
const LOOK_INTERVAL_MS = 500;

interface WatchParts {
  readonly readModels: ReadModels;
  readonly progress: Pick<ProjectionRunner, 'onApplied'>;
  readonly forget: (subjectId: string) => Promise<void>;
  /** Removes the files of many in which one of these may stand. */
  readonly forgetSpoilt: () => Promise<void>;
  readonly reportFault: (error: unknown) => void;
}

export interface ErasureWatch {
  /** There is, or will be, a file of this person. */
  add(subjectId: string): void;
  close(): void;
}

/**
 * Removes the files of people whose erasure has begun, wherever that was: the node that carries it out removes its own
 * before the outcome is recorded, and every other node, where the same person may have had files made, as soon as it
 * reads of it (rule E3).
 */
export function watchErasures(parts: WatchParts, subjectIds: readonly string[]): ErasureWatch {
  const { readModels, progress, forget, forgetSpoilt, reportFault } = parts;
  const people = new Set(subjectIds);
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const look = async () => {
    const applied = readModels.applied();
    for (const id of people) {
      const row = readModels.subjectById(id, applied);
      if (row?.erasureStartedAt === undefined && row?.erasedAt === undefined) continue;
      await forget(id);
      people.delete(id);
    }
    await forgetSpoilt();
  };
  const lookSoon = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      // What failed is tried again after the next event.
      look().catch((error) => {
        if (!closed) reportFault(error);
      });
    }, LOOK_INTERVAL_MS).unref();
  };
  const stop = progress.onApplied(lookSoon);
  lookSoon();
  return {
    add: (subjectId) => void people.add(subjectId),
    close: () => {
      closed = true;
      stop();
      clearTimeout(timer);
    },
  };
}
