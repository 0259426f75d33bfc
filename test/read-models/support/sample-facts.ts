import { randomUUID } from 'node:crypto';
import type { ClockEvent } from '../../../src/domain/clock/clock.events';
import type { ImportEvent } from '../../../src/domain/import/import.events';
import type { OrganisationEvent } from '../../../src/domain/organisation/organisation.events';
import type { Change, ContentRef, PolicyEvent, Roots } from '../../../src/domain/policy/policy.events';
import type { ProcessingStatement } from '../../../src/domain/policy/processing-statement';
import type { SubjectEvent } from '../../../src/domain/subject/subject.events';
import type { TemplateEvent } from '../../../src/domain/template/template.events';
import { type Instant, instantAt, parseInstant } from '../../../src/domain/time';

/** Facts for tests of read models: whole and well-formed, each with what the test cares about set by it. */
export type SampleFact = OrganisationEvent | PolicyEvent | TemplateEvent | ClockEvent | SubjectEvent | ImportEvent;

type DataOf<Type extends SampleFact['type']> = Extract<SampleFact, { type: Type }>['data'];

/** "2024-03-01" or "2024-03-01T12:00" in UTC. */
export function at(text: string): Instant {
  return parseInstant(text.includes('T') ? `${text}:00.000Z` : `${text}T00:00:00.000Z`);
}

/** The same id for the same number, so that histories can be replayed. */
export function sampleId(number: number): string {
  return `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
}

export const statement: ProcessingStatement = {
  controller: { name: 'Fjordlys AS', role: 'controller' },
  controllerIsCustomer: false,
  processors: [],
  contact: 'personvern@example.com',
  purposes: [],
  rights: ['ACCESS'],
};

export const change: Change = {
  reasons: ['WORDING'],
  summaries: [{ locale: 'nb', text: 'Språk' }],
  compared: true,
  noticeDuty: 'NONE',
  noticeLeadDays: 0,
  renewalPurposes: [],
  blocking: false,
  graceDays: 0,
};

export function content(locale: string, mark = 'a'): ContentRef {
  return { locale, format: 'MARKDOWN', sha256: mark.repeat(64).slice(0, 64), bytes: 10 };
}

export function roots(id: string): Roots {
  return { consent: { newsletter: id }, notice: id, acceptance: id };
}

export function organisationRegistered(
  id: string,
  more: Partial<DataOf<'OrganisationRegistered'>> = {},
): OrganisationEvent {
  return {
    type: 'OrganisationRegistered',
    data: {
      organisationId: id,
      slug: 'fjordlys',
      name: 'Fjordlys AS',
      timeZone: 'Europe/Oslo',
      defaultLocale: 'nb',
      approvalRequired: true,
      noticeLeadDays: 14,
      retention: { loginAndDeliveryDays: 21, operationalDays: 365 },
      registeredAt: at('2020-01-01'),
      ...more,
    },
  };
}

export function policyCreated(
  id: string,
  organisationId: string,
  more: Partial<DataOf<'PolicyCreated'>> = {},
): PolicyEvent {
  return {
    type: 'PolicyCreated',
    data: {
      policyId: id,
      organisationId,
      slug: 'privacy',
      kind: 'PRIVACY_NOTICE',
      title: { locale: 'nb', text: 'Personvern' },
      createdAt: at('2020-01-02'),
      ...more,
    },
  };
}

interface Publication {
  readonly policyId: string;
  readonly versionId: string;
  readonly sequence?: number;
  readonly effectiveFrom: Instant;
}

export function published(
  facts: Publication & Partial<DataOf<'PolicyVersionPublished'>>,
): Extract<PolicyEvent, { type: 'PolicyVersionPublished' }> {
  return {
    type: 'PolicyVersionPublished',
    data: {
      ...versionFacts(facts.versionId),
      publisher: sampleId(900),
      statement,
      draftRevision: 1,
      draftHash: 'd'.repeat(64),
      publishedAt: facts.effectiveFrom,
      ...facts,
    },
  };
}

export function imported(
  facts: Publication & Partial<DataOf<'PolicyVersionImported'>>,
): Extract<PolicyEvent, { type: 'PolicyVersionImported' }> {
  return {
    type: 'PolicyVersionImported',
    data: { ...versionFacts(facts.versionId), importer: sampleId(901), importedAt: facts.effectiveFrom, ...facts },
  };
}

function versionFacts(versionId: string) {
  return {
    sequence: 1,
    label: 'Versjon 1',
    timeZone: 'Europe/Oslo',
    audience: [],
    contents: [content('nb')],
    change,
    flags: [],
    roots: roots(versionId),
    rerooted: [],
  };
}

export function withdrawn(
  policyId: string,
  versionId: string,
  from: Instant,
  more: Partial<DataOf<'PolicyVersionWithdrawn'>> = {},
): PolicyEvent {
  const data = { policyId, versionId, from, reason: 'Feil', voidsDecisions: false, rerooted: [], withdrawnAt: from };
  return { type: 'PolicyVersionWithdrawn', data: { ...data, ...more } };
}

export function retired(policyId: string, retirementId: string, from: Instant, retiredAt: Instant = from): PolicyEvent {
  return { type: 'PolicyRetired', data: { policyId, retirementId, from, reason: 'Slutt', retiredAt } };
}

export function importRevoked(policyId: string, versionId: string, revokedAt: Instant): PolicyEvent {
  const data = { policyId, versionId, reason: 'Feil dato', rerooted: [], revokedAt };
  return { type: 'PolicyVersionImportRevoked', data };
}

/** A stream of its own for facts about the clock. */
export function clockStream(): string {
  return `clock-${randomUUID()}`;
}

export function minutesAfter(instant: Instant, minutes: number): Instant {
  return instantAt(Date.parse(instant) + minutes * 60_000);
}
