import type { PeopleQueries } from '../../read-models/people';
import type { ProjectionRunner } from '../../read-models/projection-runner';
import type { ReadModels } from '../../read-models/read-models';

/** Whose events may change what one person is told. */
export interface NoticeInterest {
  readonly subjects: readonly string[];
  readonly organisations: readonly string[];
}

/** Wakes those who wait for a person's notices, and only those that something applied may concern. */
export interface NoticeBell {
  /** @param interest asked for each time, since a person's customer may change; answers how to stop */
  register(interest: () => NoticeInterest, wake: () => void): () => void;
  close(): void;
}

type Queries = Pick<ReadModels, 'applied'> & Pick<PeopleQueries, 'touchedBetween'>;

/**
 * One for a node: it looks at what was applied once, however many people wait. With thousands of open connections that
 * is the difference between reading a few rows and reading them thousands of times.
 */
export function createNoticeBell(readModels: Queries, progress: Pick<ProjectionRunner, 'onApplied'>): NoticeBell {
  const waiting = new Set<{ readonly interest: () => NoticeInterest; readonly wake: () => void }>();
  let seen = readModels.applied().n;
  const stop = progress.onApplied(() => {
    const { n } = readModels.applied();
    const from = seen;
    seen = n;
    if (waiting.size === 0) return;
    const touched = readModels.touchedBetween(from, n);
    for (const { interest, wake } of [...waiting]) {
      if (touched === undefined || isTouched(interest(), touched)) wake();
    }
  });
  return {
    register: (interest, wake) => {
      const entry = { interest, wake };
      waiting.add(entry);
      return () => void waiting.delete(entry);
    },
    close: () => {
      stop();
      waiting.clear();
    },
  };
}

function isTouched({ subjects, organisations }: NoticeInterest, touched: Touched): boolean {
  return subjects.some((id) => touched.subjects.has(id)) || organisations.some((id) => touched.organisations.has(id));
}

type Touched = NonNullable<ReturnType<Queries['touchedBetween']>>;
