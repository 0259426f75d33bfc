import type { Evidence } from '../../application/evidence';
import { inLocale } from '../../domain/locale-lookup';
import type { PolicyFacts } from '../../domain/policy/policy-facts';
import { countPopulation, type PopulationCounts, peoplePage } from '../../read-models/population';
import type { PolicyRow, Prefix, ReadModels, VersionRow } from '../../read-models/read-models';
import { standingVersions } from '../../read-models/standing-versions';
import type { EvidenceWork } from '../evidence-generators';
import { type ExportParts, type FilePlace, filePlace } from '../file-head';
import { unlessAborted } from '../unless-aborted';
import { type AuditedPerson, auditedPerson } from './audited-person';
import { sameForAll } from './same-for-all';

/** What an audit is of: one policy, or every policy of an organisation that had come into force by then, in order of creation. */
export interface AuditFile {
  readonly place: FilePlace;
  readonly policies: readonly AuditedPolicy[];
  /** People of all the policies: whom several concern stands once for each. */
  readonly total: number;
  /** Whether the product's own ids of the people are in it. */
  readonly personalValues: boolean;
  /**
   * The people whom a policy concerns in order of registration, so many at once.
   *
   * @param after `next` of the turn before
   */
  people(policy: AuditedPolicy, after: number | undefined): Promise<PeopleTurn>;
  versionLabel(id: string): string;
}

export interface PeopleTurn {
  readonly people: readonly AuditedPerson[];
  /** Where to go on; undefined: there are no more. */
  readonly next: number | undefined;
}

export interface AuditedPolicy {
  readonly facts: PolicyFacts;
  readonly row: PolicyRow;
  /** Organisation slug / policy slug. */
  readonly handle: string;
  readonly title: string;
  /** In force for somebody, newcomers' first. */
  readonly versions: readonly VersionRow[];
  readonly counts: PopulationCounts;
}

/** People written at once: few enough to be let go of while they are young, which takes a fifth less time than 200. */
const PEOPLE_A_TURN = 50;
const ROWS_AT_ONCE = 100;

export async function auditFile(parts: ExportParts, order: Evidence, work: EvidenceWork): Promise<AuditFile> {
  const { app, readModels } = parts;
  const { signal, prefix } = work;
  const place = await filePlace(parts, order, prefix);
  const { at } = place;
  const policies: AuditedPolicy[] = [];
  for (const row of policiesOf(readModels, order, prefix)) {
    const facts = readModels.policyFacts(row.id, prefix);
    const standing = standingVersions(readModels, row.id, at, prefix);
    const { general, versions } = standing;
    // What is published later changes no audit of a day before (rule T3).
    const begun = general.code !== 'NOT_YET_PUBLISHED' || versions.length > 0;
    if (!facts || (order.policyId === undefined && !begun)) continue;
    const counts = await unlessAborted(signal, countPopulation(readModels, { policy: facts }, at, prefix));
    const asked = sameForAll(facts, standing, at.effectiveAt);
    policies.push({ facts: asked, row, counts, versions, ...(await namesOf(readModels, place, row)) });
  }
  const personalValues = order.personalValues === true;
  const customers = new Map<string, Promise<string>>();
  const customerSlug = (id: string) => {
    const slug = customers.get(id) ?? place.organisationThen(id).then((customer) => customer.slug);
    customers.set(id, slug);
    return slug;
  };
  const labels = new Map<string, string>();
  const versionLabel = (id: string) => {
    const label = labels.get(id) ?? readModels.versionById(id, prefix)?.label ?? id;
    labels.set(id, label);
    return label;
  };
  return {
    place,
    policies,
    total: policies.reduce((sum, { counts }) => sum + counts.subjects, 0),
    personalValues,
    versionLabel,
    people: async ({ facts }, after) => {
      signal.throwIfAborted();
      const range = { policy: facts, limit: PEOPLE_A_TURN, ...(after !== undefined && { after }) };
      const page = await peoplePage(readModels, range, at, prefix);
      const ids = page.people.map(({ subjectId }) => subjectId);
      const externalIds = personalValues ? await app.vault.externalIdsOf(ids) : [];
      const people = page.people.map((person, index) => auditedPerson(person, facts, at, externalIds[index]));
      return { people: await withCustomers(people, customerSlug), next: page.next };
    },
  };
}

/** @throws Error the policy was not known where the order stands, which the order was checked for */
function* policiesOf(readModels: ReadModels, { organisationId, policyId }: Evidence, prefix: Prefix) {
  if (policyId !== undefined) {
    const row = readModels.policyById(policyId, prefix);
    if (!row) throw new Error('An audit was ordered of a policy that its prefix does not know.');
    yield row;
    return;
  }
  for (let after: number | undefined; ; ) {
    const range = { organisation: organisationId, visibleTo: 'public', limit: ROWS_AT_ONCE } as const;
    const page = readModels.policiesPage({ ...range, ...(after !== undefined && { after }) }, prefix);
    yield* page.rows;
    after = page.rows.at(-1)?.n;
    if (!page.hasMore || after === undefined) return;
  }
}

async function namesOf(readModels: ReadModels, { at, language, organisationThen }: FilePlace, row: PolicyRow) {
  const { slug } = await organisationThen(row.organisation);
  return {
    handle: `${slug}/${row.slug}`,
    title: inLocale(readModels.policyTitles(row.id, at), language, language)?.text ?? row.slug,
  };
}

async function withCustomers(
  people: readonly AuditedPerson[],
  slugOf: (customerId: string) => Promise<string>,
): Promise<readonly AuditedPerson[]> {
  return Promise.all(
    people.map(async (person) => {
      const { customerId } = person;
      return customerId === undefined ? person : { ...person, customer: await slugOf(customerId) };
    }),
  );
}
