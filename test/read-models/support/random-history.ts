import type { PolicyEvent } from '../../../src/domain/policy/policy.events';
import { type Instant, instantAt } from '../../../src/domain/time';
import {
  content,
  imported,
  organisationRegistered,
  policyCreated,
  published,
  roots,
  type SampleFact,
  sampleId,
} from './sample-facts';

/** A source of numbers that gives the same ones for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface RecordedFact {
  readonly stream: string;
  readonly fact: SampleFact;
  readonly recordedAtMs: number;
}

export interface RandomHistory {
  readonly organisations: readonly string[];
  readonly policies: readonly string[];
  readonly facts: readonly RecordedFact[];
}

const DAY_MS = 86_400_000;
const START_MS = Date.parse('2020-01-01T00:00:00.000Z');
const ZONES = ['Europe/Oslo', 'UTC', 'America/New_York'];

interface KnownVersion {
  readonly id: string;
  readonly imported: boolean;
  gone: boolean;
  withdrawn: boolean;
}

interface KnownPolicy {
  readonly id: string;
  readonly versions: KnownVersion[];
  readonly retirements: { readonly id: string; readonly imported: boolean; gone: boolean }[];
  sequence: number;
}

/**
 * Facts of a few organisations and policies in random order: publications for now and later, with and without cohort
 * dates, imports, revocations, withdrawals, retirements, added texts, titles. They keep the order rules of the domain
 * (what is withdrawn was published, nothing is withdrawn twice) but no other, so that more is met than commands allow.
 */
export function randomHistory(random: () => number, length: number): RandomHistory {
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(list: readonly T[]): T | undefined => list[below(list.length)];
  let ids = 1000;
  const nextId = () => sampleId(ids++);
  const organisations = [nextId(), nextId()];
  const policies: KnownPolicy[] = Array.from({ length: 3 }, () => ({
    id: nextId(),
    versions: [],
    retirements: [],
    sequence: 0,
  }));
  const facts: RecordedFact[] = [];
  let nowMs = START_MS;
  const record = (stream: string, fact: SampleFact) => facts.push({ stream, fact, recordedAtMs: nowMs + below(50) });
  const now = () => instantAt(nowMs);
  // A coarse grid, so that equal instants are common.
  const around = (days: number): Instant => instantAt(nowMs + below(days + 1) * DAY_MS);

  organisations.forEach((id, index) => {
    record(`organisation-${id}`, organisationRegistered(id, { slug: `organisation-${index}`, registeredAt: now() }));
  });
  policies.forEach(({ id }, index) => {
    const organisation = organisations[index % organisations.length] ?? '';
    record(`policy-${id}`, policyCreated(id, organisation, { slug: `policy-${index}`, createdAt: now() }));
  });

  // One policy whose only version is withdrawn, which the others seldom come to.
  const withdrawn = { policyId: nextId(), versionId: nextId() };
  const from = now();
  const slug = 'withdrawn';
  record(
    `policy-${withdrawn.policyId}`,
    policyCreated(withdrawn.policyId, organisations[0] ?? '', { slug, createdAt: from }),
  );
  record(`policy-${withdrawn.policyId}`, published({ ...withdrawn, effectiveFrom: from }));
  record(`policy-${withdrawn.policyId}`, {
    type: 'PolicyVersionWithdrawn',
    data: { ...withdrawn, from, reason: 'Feil', voidsDecisions: false, rerooted: [], withdrawnAt: from },
  });

  const rerooted = (policy: KnownPolicy) =>
    policy.versions
      .filter(({ gone }) => !gone && random() < 0.2)
      .map(({ id }) => ({ versionId: id, roots: roots(nextId()) }));

  const steps: readonly ((policy: KnownPolicy) => PolicyEvent | undefined)[] = [
    (policy) => {
      const effectiveFrom = random() < 0.5 ? now() : around(30);
      const version = { id: nextId(), imported: false, gone: false, withdrawn: false };
      policy.sequence += 1;
      const cohort =
        random() < 0.4 ? { effectiveFromForExisting: instantAt(Date.parse(effectiveFrom) + below(40) * DAY_MS) } : {};
      const event = published({
        policyId: policy.id,
        versionId: version.id,
        sequence: policy.sequence,
        effectiveFrom,
        publishedAt: now(),
        rerooted: rerooted(policy),
        ...cohort,
      });
      policy.versions.push(version);
      return event;
    },
    (policy) => {
      const effectiveFrom = instantAt(nowMs - (1 + below(400)) * DAY_MS);
      const version = { id: nextId(), imported: true, gone: false, withdrawn: false };
      policy.sequence += 1;
      const event = imported({
        policyId: policy.id,
        versionId: version.id,
        sequence: policy.sequence,
        effectiveFrom,
        importedAt: now(),
        rerooted: rerooted(policy),
      });
      policy.versions.push(version);
      return event;
    },
    (policy) => {
      const version = pick(policy.versions.filter(({ gone, withdrawn }) => !gone && !withdrawn));
      if (!version) return undefined;
      version.withdrawn = true;
      const from = random() < 0.5 ? now() : around(20);
      const data = { policyId: policy.id, versionId: version.id, from, reason: 'Feil', voidsDecisions: false };
      return { type: 'PolicyVersionWithdrawn', data: { ...data, rerooted: rerooted(policy), withdrawnAt: now() } };
    },
    (policy) => {
      const version = pick(policy.versions.filter(({ gone, imported }) => !gone && imported));
      if (!version) return undefined;
      version.gone = true;
      const data = { policyId: policy.id, versionId: version.id, reason: 'Dato' };
      return { type: 'PolicyVersionImportRevoked', data: { ...data, rerooted: rerooted(policy), revokedAt: now() } };
    },
    (policy) => {
      const retirement = { id: nextId(), imported: false, gone: false };
      policy.retirements.push(retirement);
      const from = random() < 0.5 ? now() : around(20);
      const data = { policyId: policy.id, retirementId: retirement.id, from, reason: 'Slutt', retiredAt: now() };
      return { type: 'PolicyRetired', data };
    },
    (policy) => {
      const retirement = { id: nextId(), imported: true, gone: false };
      policy.retirements.push(retirement);
      const from = instantAt(nowMs - (1 + below(400)) * DAY_MS);
      return {
        type: 'PolicyRetirementImported',
        data: { policyId: policy.id, retirementId: retirement.id, from, importedAt: now() },
      };
    },
    (policy) => {
      const retirement = pick(policy.retirements.filter(({ gone, imported }) => !gone && imported));
      if (!retirement) return undefined;
      retirement.gone = true;
      const data = { policyId: policy.id, retirementId: retirement.id, reason: 'Dato', revokedAt: now() };
      return { type: 'PolicyRetirementImportRevoked', data };
    },
    (policy) => {
      const version = pick(policy.versions.filter(({ gone }) => !gone));
      if (!version) return undefined;
      const locale = `x-${facts.length}`;
      const data = {
        policyId: policy.id,
        versionId: version.id,
        author: nextId(),
        content: content(locale),
        flags: [],
      };
      return { type: 'PolicyVersionLocaleAdded', data: { ...data, addedAt: now() } };
    },
    (policy) => {
      const title = { locale: pick(['nb', 'en']) ?? 'nb', text: `Tittel ${facts.length}` };
      return { type: 'PolicyTitleSet', data: { policyId: policy.id, title, setAt: now() } };
    },
  ];
  // Publications, imports and withdrawals are the common case.
  const weights = [0, 0, 0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8];
  while (facts.length < length) {
    if (random() < 0.7) nowMs += below(5) * DAY_MS;
    if (random() < 0.05) {
      const id = pick(organisations) ?? '';
      const data = { organisationId: id, timeZone: pick(ZONES) ?? 'UTC', setAt: now() };
      record(`organisation-${id}`, { type: 'OrganisationTimeZoneSet', data });
      continue;
    }
    if (random() < 0.03) {
      const id = pick(organisations) ?? '';
      const data = { organisationId: id, defaultLocale: pick(['nb', 'en', 'nn']) ?? 'nb', setAt: now() };
      record(`organisation-${id}`, { type: 'OrganisationDefaultLocaleSet', data });
      continue;
    }
    const policy = pick(policies);
    const fact = policy && steps[pick(weights) ?? 0]?.(policy);
    if (policy && fact) record(`policy-${policy.id}`, fact);
  }
  return { organisations, policies: [withdrawn.policyId, ...policies.map(({ id }) => id)], facts };
}
