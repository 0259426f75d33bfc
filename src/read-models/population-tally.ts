import type { PolicyFacts } from '../domain/policy/policy-facts';
import { acceptanceState } from '../domain/subject/acceptance-state';
import { type ConsentStatus, consentStates } from '../domain/subject/consent-state';
import { type NoticeStep, noticeState } from '../domain/subject/notice-state';
import { obligations } from '../domain/subject/obligations';
import type { PersonFacts } from '../domain/subject/person-facts';
import type { PopulationCounts } from './population';
import type { Moment } from './read-models';

/** Counts by key, in the order in which the keys first came, sorted when read. */
export class PopulationTally {
  #subjects = 0;
  #inBreach = 0;
  readonly #notices = new Map<string, { versionId: string; step: NoticeStep; subjects: number }>();
  readonly #acceptances = new Map<string, { versionId: string; subjects: number }>();
  readonly #consents = new Map<string, { purpose: string; status: ConsentStatus; subjects: number; valid: number }>();

  add(person: PersonFacts, policy: PolicyFacts, { effectiveAt: t }: Moment): void {
    this.#subjects += 1;
    const inForce = policy.inForce(t, person.registeredAt);
    if (inForce.code === 'VERSION_IN_FORCE') {
      const { id: versionId } = inForce.version;
      const { step } = noticeState(person, policy, versionId, t);
      const count = entry(this.#notices, `${versionId} ${step}`, { versionId, step, subjects: 0 });
      count.subjects += 1;
    }
    if (policy.kind === 'TERMS') this.#addAcceptance(person, policy, t);
    for (const { purpose, status, valid } of consentStates(person, policy, t)) {
      const count = entry(this.#consents, `${purpose} ${status}`, { purpose, status, subjects: 0, valid: 0 });
      count.subjects += 1;
      if (valid) count.valid += 1;
    }
    if (obligations(person, [policy], t).blocked) this.#inBreach += 1;
  }

  #addAcceptance(person: PersonFacts, policy: PolicyFacts, t: Moment['effectiveAt']): void {
    const { accepted, versionId } = acceptanceState(person, policy, t);
    if (!accepted || versionId === undefined) return;
    entry(this.#acceptances, versionId, { versionId, subjects: 0 }).subjects += 1;
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

function entry<Count>(counts: Map<string, Count>, key: string, fresh: Count): Count {
  const count = counts.get(key) ?? fresh;
  counts.set(key, count);
  return count;
}

function sorted<Count>(counts: ReadonlyMap<string, Count>): readonly Count[] {
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count);
}
