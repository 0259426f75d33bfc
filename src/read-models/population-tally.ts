import type { ConsentStatus } from '../domain/subject/consent-state';
import type { NoticeStep } from '../domain/subject/notice-state';
import type { PopulationCounts } from './population';
import type { Standing } from './population-standing';

/** Counts by key, sorted by it when read. */
export class PopulationTally {
  #subjects = 0;
  #inBreach = 0;
  readonly #notices = new Map<string, { versionId: string; step: NoticeStep; subjects: number }>();
  readonly #acceptances = new Map<string, { versionId: string; subjects: number }>();
  readonly #consents = new Map<string, { purpose: string; status: ConsentStatus; subjects: number; valid: number }>();

  /** So many people who stand alike. */
  add({ notice, accepted, consents }: Standing, subjects: number): void {
    this.#subjects += subjects;
    if (notice) {
      const { key, versionId, step } = notice;
      entry(this.#notices, key, () => ({ versionId, step, subjects: 0 })).subjects += subjects;
    }
    if (accepted !== undefined) {
      entry(this.#acceptances, accepted, () => ({ versionId: accepted, subjects: 0 })).subjects += subjects;
    }
    for (const { key, purpose, status, valid } of consents) {
      const count = entry(this.#consents, key, () => ({ purpose, status, subjects: 0, valid: 0 }));
      count.subjects += subjects;
      if (valid) count.valid += subjects;
    }
  }

  addInBreach(subjects: number): void {
    this.#inBreach += subjects;
  }

  counts(): PopulationCounts {
    return {
      subjects: this.#subjects,
      notices: sorted(this.#notices),
      acceptances: sorted(this.#acceptances),
      consents: sorted(this.#consents),
      inBreach: this.#inBreach,
    };
  }
}

function entry<Count>(counts: Map<string, Count>, key: string, fresh: () => Count): Count {
  const known = counts.get(key);
  if (known) return known;
  const count = fresh();
  counts.set(key, count);
  return count;
}

function sorted<Count>(counts: ReadonlyMap<string, Count>): readonly Count[] {
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count);
}
