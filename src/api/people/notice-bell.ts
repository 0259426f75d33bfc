import type { AlikePersons } from '../../read-models/alike-persons';
import type { ProjectionRunner } from '../../read-models/projection-runner';
import type { ReadModels } from '../../read-models/read-models';
import { sharedWalkQueries } from '../../read-models/shared-walk';
import type { PacedTurns } from '../paced-turns';

/** Who waits for what one person is told. */
export interface NoticeWaiter {
  /**
   * Whatever may change it: the person, first, anonymous persons that they are, and organisations of theirs. Who it
   * becomes another for leaves before and enters after.
   */
  readonly concerns: readonly string[];
  wake(): void;
}

/** Wakes those who wait for a person's notices, a few at a time, and only those that something applied may concern. */
export interface NoticeBell {
  /** What those who are woken look things up with: what is the same for many is looked up once. */
  readonly readModels: ReadModels & { readonly alikePersons?: AlikePersons };
  enter(waiting: NoticeWaiter): void;
  /** Wakes them no more; told again it is done once. */
  leave(waiting: NoticeWaiter): void;
  close(): void;
}

/**
 * One for a node: it looks at what was applied once, and then only at those whom it may concern. With thousands of open
 * connections that is the difference between reading a few rows and reading them thousands of times.
 */
export function createNoticeBell(
  readModels: ReadModels,
  progress: Pick<ProjectionRunner, 'onApplied'>,
  turns: PacedTurns,
): NoticeBell {
  const waiting = new Map<string, Set<NoticeWaiter>>();
  const due = new Set<NoticeWaiter>();
  let seen = readModels.applied().n;
  const isWaiting = (each: NoticeWaiter) => each.concerns.some((id) => waiting.get(id)?.has(each));
  const wakeSoon = (each: NoticeWaiter) => {
    if (due.has(each)) return;
    due.add(each);
    turns.take(() => {
      due.delete(each);
      if (isWaiting(each)) each.wake();
    });
  };
  const stop = progress.onApplied(() => {
    const { n } = readModels.applied();
    const from = seen;
    seen = n;
    if (waiting.size === 0) return;
    const touched = readModels.touchedBetween(from, n);
    const ids = touched === undefined ? waiting.keys() : [...touched.subjects, ...touched.organisations];
    for (const id of ids) waiting.get(id)?.forEach(wakeSoon);
  });
  return {
    readModels: sharedWalkQueries(readModels),
    enter: (each) => {
      for (const id of each.concerns) {
        const there = waiting.get(id);
        if (there) there.add(each);
        else waiting.set(id, new Set([each]));
      }
    },
    leave: (each) => {
      for (const id of each.concerns) {
        const there = waiting.get(id);
        there?.delete(each);
        if (there?.size === 0) waiting.delete(id);
      }
    },
    close: () => {
      stop();
      waiting.clear();
    },
  };
}
