import type { AlikePersons } from '../../read-models/alike-persons';
import type { Touched } from '../../read-models/people';
import type { ProjectionRunner } from '../../read-models/projection-runner';
import type { ReadModels } from '../../read-models/read-models';
import { sharedWalkQueries } from '../../read-models/shared-walk';
import type { PacedTurns } from '../paced-turns';

/** Who waits for what one person is told. */
export interface NoticeWaiter {
  /** Whether what was applied may change it; asked each time, since a person's customer may change. */
  isTouched(touched: Touched): boolean;
  wake(): void;
}

/** Wakes those who wait for a person's notices, a few at a time, and only those that something applied may concern. */
export interface NoticeBell {
  /** What those who are woken look things up with: what is the same for many is looked up once. */
  readonly readModels: ReadModels & { readonly alikePersons?: AlikePersons };
  register(waiting: NoticeWaiter): void;
  /** Wakes them no more; told again it is done once. */
  leave(waiting: NoticeWaiter): void;
  close(): void;
}

/**
 * One for a node: it looks at what was applied once, however many people wait. With thousands of open connections that
 * is the difference between reading a few rows and reading them thousands of times.
 */
export function createNoticeBell(
  readModels: ReadModels,
  progress: Pick<ProjectionRunner, 'onApplied'>,
  turns: PacedTurns,
): NoticeBell {
  const waiting = new Set<NoticeWaiter>();
  const due = new Set<NoticeWaiter>();
  let seen = readModels.applied().n;
  const wakeSoon = (each: NoticeWaiter) => {
    if (due.has(each)) return;
    due.add(each);
    turns.take(() => {
      due.delete(each);
      if (waiting.has(each)) each.wake();
    });
  };
  const stop = progress.onApplied(() => {
    const { n } = readModels.applied();
    const from = seen;
    seen = n;
    if (waiting.size === 0) return;
    const touched = readModels.touchedBetween(from, n);
    if (touched?.subjects.size === 0 && touched.organisations.size === 0) return;
    for (const each of waiting) {
      if (touched === undefined || each.isTouched(touched)) wakeSoon(each);
    }
  });
  return {
    readModels: sharedWalkQueries(readModels),
    register: (each) => void waiting.add(each),
    leave: (each) => void waiting.delete(each),
    close: () => {
      stop();
      waiting.clear();
    },
  };
}
