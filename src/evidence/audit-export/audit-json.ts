import { canonicalJson } from '../../domain/canonical-json';
import { REASON_SENTENCES, type StateReasonCode } from '../../domain/subject/reason-sentences';
import type { EvidenceGenerator } from '../evidence-generators';
import type { ExportParts } from '../file-head';
import { jsonMembers, utf8 } from '../json-members';
import { type AuditedPolicy, type AuditFile, auditFile } from './audit-source';
import { type AuditTurn, inTurns } from './audit-turns';
import type { AuditedPerson } from './audited-person';

/** Raised by one when a field is renamed or removed; fields may be added. */
const FORMAT = 'samtykke-audit/1';

/** Counts and the people behind them as one JSON document, a person on a line. */
export function auditJson(parts: ExportParts): EvidenceGenerator {
  return async function* (order, work) {
    const file = await auditFile(parts, order, work);
    const { place, policies, total, personalValues } = file;
    const members = {
      format: FORMAT,
      ...place.head,
      personalValues,
      policies: policies.map((policy) => policyMember(file, policy)),
      rows: total,
    };
    yield* inTurns(file, work, {
      head: utf8(`{${jsonMembers(members)},\n"people": [`),
      write: (turn) => peopleLines(file, turn),
      foot: utf8('\n]\n}\n'),
    });
  };
}

function policyMember(file: AuditFile, { row, handle, title, versions, counts }: AuditedPolicy) {
  const label = ({ versionId }: { readonly versionId: string }) => file.versionLabel(versionId);
  return {
    id: row.id,
    handle,
    kind: row.kind,
    title,
    inForce: versions.map(({ id, sequence, label: name, effectiveFrom, effectiveFromForExisting }) => ({
      id,
      sequence,
      label: name,
      effectiveFrom,
      effectiveFromForExisting,
    })),
    subjects: counts.subjects,
    inBreach: counts.inBreach,
    notices: counts.notices.map((count) => ({ ...count, version: label(count) })),
    acceptances: counts.acceptances.map((count) => ({ ...count, version: label(count) })),
    consents: counts.consents,
  };
}

function peopleLines(file: AuditFile, { policy, people, before }: AuditTurn): Uint8Array {
  const lines = people.map((person) => canonicalJson(personMember(file, policy, person)));
  return utf8(`${before === 0 ? '\n' : ',\n'}${lines.join(',\n')}`);
}

function personMember(file: AuditFile, { handle }: AuditedPolicy, person: AuditedPerson) {
  const { externalId, erased, notice, acceptance, versionId, customerId: _, consents, ...known } = person;
  return {
    ...known,
    ...(file.personalValues && { externalId: erased ? { erased } : (externalId ?? null) }),
    policy: handle,
    versionId,
    version: versionId && file.versionLabel(versionId),
    notice: notice && { step: notice.step, channel: notice.channel, at: notice.at, reason: reasonOf(notice) },
    acceptance: acceptance && {
      accepted: acceptance.accepted,
      current: acceptance.current,
      versionId: acceptance.versionId,
      at: acceptance.at,
      refusedAt: acceptance.refusedAt,
      reason: reasonOf(acceptance),
    },
    consents: consents.map(({ purpose, status, valid, legalBasis, text, decidedAt, expiresAt, ...why }) => ({
      purpose,
      status,
      valid,
      legalBasis,
      versionId: text?.versionId,
      locale: text?.locale,
      contentSha256: text?.contentSha256,
      decidedAt,
      expiresAt,
      reason: reasonOf(why),
    })),
    obligations: person.obligations.map(
      ({ kind, versionId: asked, purposes, since, deadline, blocking, upcoming, overdue, ...why }) => ({
        kind,
        versionId: asked,
        purposes,
        since,
        deadline,
        blocking,
        upcoming,
        overdue,
        reason: reasonOf(why),
      }),
    ),
  };
}

const reasonOf = ({ reason: { code } }: { readonly reason: { readonly code: StateReasonCode } }) => ({
  code,
  rule: REASON_SENTENCES[code].rule,
});
