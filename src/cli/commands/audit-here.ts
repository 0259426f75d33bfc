import { encodePosition } from '../../application/position-text';
import type { PolicyFacts } from '../../domain/policy/policy-facts';
import { acceptanceState } from '../../domain/subject/acceptance-state';
import { consentStates } from '../../domain/subject/consent-state';
import { noticeState } from '../../domain/subject/notice-state';
import { obligations } from '../../domain/subject/obligations';
import type { PersonFacts } from '../../domain/subject/person-facts';
import type { TimeZone } from '../../domain/time';
import { type AsOfStamp, resolveAsOf } from '../../read-models/as-of';
import { isKnownCategory } from '../../read-models/known-category';
import { countPopulation, peoplePage } from '../../read-models/population';
import { byVersion } from '../../read-models/population-order';
import type { PolicyRow, Prefix } from '../../read-models/read-models';
import { CommandRefused, type Node, WrongUsage } from '../doors';
import { auditDays } from './audit-day';
import type { AuditAsked, AuditSheet, SheetPerson } from './audit-sheet';

/** People read at once: what is in memory of a population, however large. */
const PEOPLE_PER_PAGE = 200;

/** A policy at the stamp that was asked for. */
export interface AuditPlace {
  readonly node: Node;
  readonly handle: string;
  readonly row: PolicyRow;
  readonly facts: PolicyFacts;
  readonly stamp: AsOfStamp;
  readonly prefix: Prefix;
}

/** Where an audit stands, over the log that this process has opened. @throws CommandRefused NOT_FOUND AS_OF_IN_FUTURE */
export function auditPlace(node: Node, asked: AuditAsked): AuditPlace {
  const { readModels, app } = node;
  const head = readModels.applied();
  const row = readModels.policyByHandle(asked.handle, head);
  if (!row) throw new CommandRefused('NOT_FOUND', `There is no policy ${asked.handle}.`);
  const nowMs = Date.parse(app.now());
  const zoneAt = (n: number): TimeZone => readModels.timeZoneOf(row.organisation, { n }) ?? zoneOfBeginning(node, row);
  const stamp = resolveAsOf(auditDays(asked, zoneAt(head.n), nowMs), { nowMs, head, zoneAt, log: readModels });
  const facts = readModels.policyFacts(row.id, stamp);
  const prefix = readModels.prefixAtOrdinal(stamp.n);
  if (!facts || !prefix) {
    throw new CommandRefused('NOT_FOUND', `There was no policy ${asked.handle} by what was known then.`);
  }
  return { node, handle: asked.handle, row, facts, stamp, prefix };
}

/** Before an organisation was known it has the zone that it got first. */
function zoneOfBeginning({ readModels }: Node, { organisation }: PolicyRow): TimeZone {
  const registered = readModels.organisationById(organisation, readModels.applied());
  return (registered && readModels.timeZoneOf(organisation, registered)) ?? 'UTC';
}

/** An audit of the log that this process has opened. @throws CommandRefused NOT_FOUND, or why no version was in force */
export async function auditHere(node: Node, asked: AuditAsked): Promise<AuditSheet> {
  const place = auditPlace(node, asked);
  const { readModels, app } = node;
  const { row, facts: policy, stamp, prefix } = place;
  const inForce = readModels.versionInForce(row.id, stamp);
  if (inForce.code !== 'VERSION_IN_FORCE') {
    throw new CommandRefused(inForce.code, `No version of ${asked.handle} was in force at ${stamp.effectiveAt}.`);
  }
  const limits = limitsOf(place, asked);
  const version = readModels.versionById(inForce.versionId, prefix);
  const labelOf = (id: string) => readModels.versionById(id, prefix)?.label ?? id;
  const counts = await countPopulation(readModels, { policy, ...limits }, stamp, prefix);
  const ofVersions = byVersion(counts, (id) => readModels.versionById(id, prefix)?.sequence ?? 0);
  return {
    policy: asked.handle,
    asOf: { ...stampOf(stamp), position: encodePosition(app.logId, stamp.position) },
    inForce: {
      sequence: version?.sequence ?? 0,
      label: labelOf(inForce.versionId),
      effectiveFrom: version?.effectiveFrom ?? '',
    },
    subjects: counts.subjects,
    inBreach: counts.inBreach,
    notices: ofVersions.notices.map(({ versionId, step, subjects }) => ({
      version: labelOf(versionId),
      step,
      subjects,
    })),
    acceptances: ofVersions.acceptances.map(({ versionId, subjects }) => ({ version: labelOf(versionId), subjects })),
    consents: counts.consents,
    locale: readModels.defaultLocaleOf(row.organisation, stamp) ?? '',
    people: () => peopleOf(place, limits),
  };
}

function stampOf({ effectiveAt, timeZone, recordedAt, settled, forecast, rules }: AsOfStamp) {
  return { effectiveAt, timeZone, recordedAt, settled, forecast, rules };
}

interface Limits {
  readonly customer?: string;
  readonly category?: string;
}

function limitsOf({ node, row, facts, stamp }: AuditPlace, { customer, category }: AuditAsked): Limits {
  const { readModels } = node;
  const named = customer === undefined ? undefined : readModels.organisationBySlug(customer, readModels.applied());
  if (customer !== undefined && named?.customerOf !== row.organisation && named?.id !== row.organisation) {
    throw new CommandRefused('NOT_FOUND', `The organisation has no customer ${customer}.`);
  }
  if (category !== undefined && !isKnownCategory(readModels, facts, category, stamp)) {
    throw new WrongUsage('BAD_USER_INPUT', 'No version names this category of people, and nobody is in it.');
  }
  return { ...(named && { customer: named.id }), ...(category !== undefined && { category }) };
}

async function* peopleOf(place: AuditPlace, limits: Limits): AsyncGenerator<readonly SheetPerson[]> {
  const { node, facts: policy, stamp, prefix } = place;
  for (let after: number | undefined, more = true; more; ) {
    const range = { policy, ...limits, limit: PEOPLE_PER_PAGE, ...(after !== undefined && { after }) };
    const { people, next } = await peoplePage(node.readModels, range, stamp, prefix);
    yield people.map((person) => personOf(place, person));
    after = next;
    more = next !== undefined;
  }
}

function personOf({ node, facts: policy, stamp, prefix }: AuditPlace, person: PersonFacts): SheetPerson {
  const { readModels } = node;
  const at = stamp.effectiveAt;
  const { categories, customerId } = person.profileAt(at);
  const inForce = policy.inForce(at, person.registeredAt);
  const versionId = inForce.code === 'VERSION_IN_FORCE' ? inForce.version.id : undefined;
  const { items, blocked } = obligations(person, [policy], at);
  return {
    subject: person.subjectId,
    erased: readModels.subjectById(person.subjectId, readModels.applied())?.erasedAt !== undefined,
    registeredAt: person.registeredAt,
    categories,
    customer: (customerId && readModels.organisationById(customerId, prefix)?.slug) ?? null,
    version: (versionId && readModels.versionById(versionId, prefix)?.label) ?? null,
    notice: versionId === undefined ? null : noticeState(person, policy, versionId, at).step,
    accepted: policy.kind === 'TERMS' ? acceptanceState(person, policy, at).accepted : null,
    consents: consentStates(person, policy, at).map(({ purpose, status, valid }) => ({ purpose, status, valid })),
    obligations: items.map(({ kind, purposes, deadline, blocking }) => ({ kind, purposes, deadline, blocking })),
    inBreach: blocked,
  };
}
