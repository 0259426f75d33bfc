import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PolicyFacts } from '../domain/policy/policy-facts';
import { acceptanceState } from '../domain/subject/acceptance-state';
import { concerns } from '../domain/subject/concerns';
import { type ConsentStatus, consentStates } from '../domain/subject/consent-state';
import { type NoticeStep, noticeState } from '../domain/subject/notice-state';
import { obligations } from '../domain/subject/obligations';
import type { PersonFacts } from '../domain/subject/person-facts';
import type { PeopleQueries, SubjectsRange } from './people';
import type { Moment, Prefix } from './read-models';

/** How the people whom a policy concerns stand at one moment. */
export interface PopulationCounts {
  readonly subjects: number;
  readonly notices: readonly { readonly versionId: string; readonly step: NoticeStep; readonly subjects: number }[];
  readonly acceptances: readonly { readonly versionId: string; readonly subjects: number }[];
  readonly consents: readonly {
    readonly purpose: string;
    readonly status: ConsentStatus;
    readonly subjects: number;
    readonly valid: number;
  }[];
  /** People with a blocking obligation of this policy that is overdue. */
  readonly inBreach: number;
}

export interface PopulationAsked {
  readonly policy: PolicyFacts;
  /** Only people who belong to this customer at the instant. */
  readonly customer?: string;
  readonly category?: string;
}

type Queries = Pick<PeopleQueries, 'subjectsPage' | 'personFacts'>;

/** People looked at before others get their turn. */
const PEOPLE_PER_TURN = 100;

/**
 * Counts by looking at each person whom the policy concerns at the moment (rule O1). Erased people stand in the counts of
 * dates before their erasure; an account and the anonymous persons it turned out to be count once (rule D7).
 */
export async function countPopulation(
  queries: Queries,
  asked: PopulationAsked,
  at: Moment,
  prefix: Prefix,
): Promise<PopulationCounts> {
  const tally = new Tally();
  for await (const person of populationOf(queries, asked, at, prefix)) tally.add(person, asked.policy, at);
  return tally.counts();
}

/** The people whom the policy concerns at the moment, each once. */
export async function* populationOf(
  queries: Queries,
  { policy, customer, category }: PopulationAsked,
  at: Moment,
  prefix: Prefix,
): AsyncGenerator<PersonFacts> {
  const { organisationId } = policy;
  const ranges: SubjectsRange['of'][] = [{ organisation: organisationId }, { customer: organisationId }];
  const seen = new Set<string>();
  for (const of of ranges) {
    let after: number | undefined;
    do {
      const filter = { of, limit: PEOPLE_PER_TURN, ...(category !== undefined && { category }) };
      const page = queries.subjectsPage({ ...filter, ...(after !== undefined && { after }) }, at);
      for (const { id } of page.rows) {
        const person = seen.has(id) ? undefined : queries.personFacts(id, prefix);
        seen.add(id);
        if (person && isCounted(person, policy, customer, at)) yield person;
      }
      after = page.next;
      await nextTurn();
    } while (after !== undefined);
  }
}

function isCounted(person: PersonFacts, policy: PolicyFacts, customer: string | undefined, at: Moment): boolean {
  const { effectiveAt } = at;
  if (customer !== undefined && person.profileAt(effectiveAt).customerId !== customer) return false;
  return concerns(person, policy, effectiveAt);
}

/** Counts by key, in the order in which the keys first came, sorted when read. */
class Tally {
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
