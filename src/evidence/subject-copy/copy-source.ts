import type { Application } from '../../application/application';
import type { Evidence } from '../../application/evidence';
import type { InBoth } from '../../domain/languages';
import { type Language, languageFor } from '../../domain/languages';
import type { KnownEvent } from '../../domain/stored-events';
import type { PersonFacts } from '../../domain/subject/person-facts';
import { subjectErased } from '../../domain/subject/subject.refusals';
import type { TimeZone } from '../../domain/time';
import type { StoredEvent } from '../../event-store/event-store';
import type { SubjectRow } from '../../read-models/people';
import type { OrganisationRow, Prefix, ReadModels } from '../../read-models/read-models';
import type { Records } from '../../records/records';
import { ERASED } from '../../vault/vault';
import type { EvidenceWork } from '../evidence-generators';
import { lastFacts } from './held-facts';

/** What the copies of people are made from. */
export interface CopyParts {
  readonly app: Application;
  readonly readModels: ReadModels;
  readonly records: Records;
  readonly teller: FactTeller;
}

/** Tells facts as the API does. */
export interface FactTeller {
  /** Undefined: the event is no fact of an organisation. */
  sentence(event: KnownEvent, zone: TimeZone): InBoth | undefined;
  /** Canonical JSON, sealed values opened, without who acted. */
  data(stored: StoredEvent, event: KnownEvent): Promise<string>;
}

/** Whom a copy is of, and where it stands in log and time. */
export interface CopyOf {
  readonly order: Evidence & { readonly subjectId: string };
  readonly prefix: Prefix;
  readonly signal: AbortSignal;
  readonly person: PersonFacts;
  readonly row: SubjectRow;
  readonly organisation: OrganisationRow;
  readonly zone: TimeZone;
  /** The product's own id of the person; undefined for the anonymous. */
  readonly externalId: string | undefined;
  /** The person, and the anonymous persons that turned out to be them (rule D7). */
  readonly ids: readonly string[];
  /** What the person was last told in, of those that the system speaks. */
  readonly language: Language;
}

/** @throws Refusal SUBJECT_ERASED */
export async function copyOf(parts: CopyParts, order: Evidence, { prefix, signal }: EvidenceWork): Promise<CopyOf> {
  const { app, readModels } = parts;
  const { subjectId, organisationId } = order;
  const person = subjectId === undefined ? undefined : readModels.personFacts(subjectId, prefix);
  const row = subjectId === undefined ? undefined : readModels.subjectById(subjectId, prefix);
  const organisation = readModels.organisationById(organisationId, prefix);
  if (subjectId === undefined || !person || !row || !organisation) {
    throw new Error('A copy was ordered of somebody whom its prefix does not know.');
  }
  const [externalId] = await app.vault.externalIdsOf([subjectId]);
  if (externalId === ERASED) throw subjectErased();
  const zone = readModels.timeZoneOf(organisationId, prefix) ?? organisation.timeZone;
  const defaultLocale = readModels.defaultLocaleOf(organisationId, prefix) ?? organisation.defaultLocale;
  return {
    order: { ...order, subjectId },
    prefix,
    signal,
    person,
    row,
    organisation,
    zone,
    externalId,
    ids: [subjectId, ...person.linked.map((each) => each.subjectId)],
    language: languageFor(await lastLocale(parts, order, prefix), defaultLocale),
  };
}

/** So many of the last facts are looked at for a language. */
const LOOKED_AT_FOR_LANGUAGE = 50;

async function lastLocale(parts: CopyParts, order: Evidence, prefix: Prefix): Promise<string | undefined> {
  for await (const { data } of lastFacts(parts, order, prefix, LOOKED_AT_FOR_LANGUAGE)) {
    if ('locale' in data && typeof data.locale === 'string') return data.locale;
  }
  return undefined;
}
