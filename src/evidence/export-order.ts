import type { EvidenceOrder } from '../application/evidence';
import type { EvidenceFormat } from '../domain/evidence/evidence.events';
import { Refusal } from '../domain/refusal';
import { type Instant, localDateOf } from '../domain/time';
import type { AsOfStamp } from '../read-models/as-of';
import type { ReadModels } from '../read-models/read-models';

/** What somebody wants an export of. */
export interface ExportAsked {
  readonly kind: ExportKind;
  readonly format: EvidenceFormat;
  readonly organisationId: string;
  /** Of an audit; absent: every policy of the organisation. */
  readonly policyId?: string | undefined;
  readonly stamp: AsOfStamp;
  /** With the product's own ids of the people, where there are people in it. */
  readonly personalValues: boolean;
  readonly now: Instant;
}

export type ExportKind = 'AUDIT' | 'PROCESSING_RECORD';

/**
 * What is recorded of an order of an export.
 *
 * @throws Refusal EVIDENCE_OF_FUTURE EVIDENCE_DAY_ABSENT EVIDENCE_BEFORE_START
 */
export function exportOrderOf(readModels: ReadModels, asked: ExportAsked): EvidenceOrder {
  const { kind, format, organisationId, policyId, stamp, personalValues, now } = asked;
  const { effectiveAt, effectiveOn, position } = stamp;
  if (stamp.forecast && !isToday(stamp, now)) {
    throw refusal('EVIDENCE_OF_FUTURE', 'That day is still to come: it can be forecast, not exported.', 'T4');
  }
  if (effectiveOn !== undefined && localDateOf(effectiveAt, stamp.timeZone) !== effectiveOn) {
    throw refusal('EVIDENCE_DAY_ABSENT', 'The clocks of that zone left this day out.', 'T2');
  }
  assertBegun(readModels, asked);
  return {
    organisationId,
    kind,
    format,
    ...(policyId !== undefined && { policyId }),
    // A record has none.
    ...(kind === 'AUDIT' && personalValues && { personalValues }),
    effectiveAt,
    ...(effectiveOn && { effectiveOn }),
    position,
  };
}

/** Of what there was not then there is no file: it would look like one that says that nobody was concerned. */
function assertBegun(readModels: ReadModels, { organisationId, policyId, stamp }: ExportAsked): void {
  if (policyId !== undefined && readModels.versionInForce(policyId, stamp).code === 'NOT_YET_PUBLISHED') {
    throw refusal('EVIDENCE_BEFORE_START', 'By what was known then the policy had not come into force.', 'S1');
  }
  if (readModels.organisationById(organisationId, stamp) === undefined) {
    throw refusal('EVIDENCE_BEFORE_START', 'By what was known then there was no such organisation.', 'S1');
  }
}

/** A day under way may be exported as it will end, by what is known: the file says that it is a forecast. */
function isToday({ effectiveOn, timeZone }: AsOfStamp, now: Instant): boolean {
  return effectiveOn !== undefined && effectiveOn <= localDateOf(now, timeZone);
}

const refusal = (code: string, message: string, rule: string) => new Refusal(code, message, rule, { path: ['asOf'] });
