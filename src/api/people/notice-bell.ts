import type { AlikePersons } from '../../read-models/alike-persons';
import type { Touched } from '../../read-models/people';
import type { ProjectionRunner } from '../../read-models/projection-runner';
import type { ReadModels } from '../../read-models/read-models';
import { sharedWalkQueries } from '../../read-models/shared-walk';
import { createPacedTurns, type PacedTurns } from '../paced-turns';

/** Whose events may change what one person is told. */
export interface NoticeInterest {
  readonly subjects: readonly string[];
  readonly organisations: readonly string[];
}

/** Wakes those who wait for a person's notices, a few at a time, and only those that something applied may concern. */
export interface NoticeBell {
  /** What those who are woken look things up with: what is the same for many is looked up once. */
  readonly readModels: ReadModels & { readonly alikePersons?: AlikePersons };
  /** @param interest asked for each time, since a person's customer may change; answers how to stop */
  register(interest: () => NoticeInterest, wake: () => void): () => void;
  close(): void;
}

/**
 * One for a node: it looks at what was applied once, however many people wait. With thousands of open connections that
 * is the difference between reading a few rows and reading them thousands of times.
 */
export function createNoticeBell(
  readModels: ReadModels,
  progress: Pick<ProjectionRunner, 'onApplied'>,
  turns: PacedTurns = createPacedTurns(),
): NoticeBell {
  const waiting = new Set<Waiting>();
  let seen = readModels.applied().n;
  const wakeSoon = (each: Waiting) => {
    if (each.isDue) return;
    each.isDue = true;
    turns.take(() => {
      each.isDue = false;
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
      if (touched === undefined || isTouched(each.interest(), touched)) wakeSoon(each);
    }
  });
  return {
    readModels: sharedWalkQueries(readModels),
    register: (interest, wake) => {
      const entry = { interest, wake, isDue: false };
      waiting.add(entry);
      return () => void waiting.delete(entry);
    },
    close: () => {
      stop();
      waiting.clear();
    },
  };
}

interface Waiting {
  readonly interest: () => NoticeInterest;
  readonly wake: () => void;
  /** Its turn was asked for and has not come yet. */
  isDue: boolean;
}

function isTouched({ subjects, organisations }: NoticeInterest, touched: Touched): boolean {
  return subjects.some((id) => touched.subjects.has(id)) || organisations.some((id) => touched.organisations.has(id));
}
