import type { EvidenceOrder } from '../../application/evidence';
import { Refusal } from '../../domain/refusal';
import { localDateOf } from '../../domain/time';
import type { AsOfStamp } from '../../read-models/as-of';
import type { Moment, ReadModels } from '../../read-models/read-models';
import { streamOf } from '../verify/bundle-layout';

/** What somebody wants a bundle of. */
export interface BundleAsked {
  readonly organisationId: string;
  readonly about: BundleAbout;
  readonly stamp: AsOfStamp;
  /** With a key for each sealed field of the person's events. */
  readonly personalValues: boolean;
}

export type BundleAbout = { readonly policyId: string } | { readonly subjectId: string };

/**
 * What is recorded of an order of a bundle. How many events its prefix holds stands in it, so that the order, which is
 * itself proven, says where the answer's knowledge ends: an order of those events and leaves is one and the same.
 *
 * @throws Refusal EVIDENCE_OF_FUTURE EVIDENCE_DAY_ABSENT EVIDENCE_BEFORE_START
 */
export function bundleOrderOf(
  readModels: ReadModels,
  { organisationId, about, stamp, personalValues }: BundleAsked,
): EvidenceOrder {
  assertPresent(stamp);
  assertBegun(readModels, about, stamp);
  const { effectiveAt, effectiveOn, position, n, recordedAt } = stamp;
  return {
    organisationId,
    kind: 'BUNDLE',
    format: 'ZIP',
    ...about,
    ...(personalValues && 'subjectId' in about && { personalValues }),
    effectiveAt,
    ...(effectiveOn && { effectiveOn }),
    position,
    events: n,
    recordedAt,
    ...('subjectId' in about && { streams: streamsBeside(readModels, about.subjectId, stamp) }),
  };
}

/** What an answer about a person rests on beside what their own facts name. */
export function streamsBeside(readModels: ReadModels, subjectId: string, stamp: Moment): readonly string[] {
  const policies = readModels.policiesThatMayConcern(subjectId, stamp).map((id) => streamOf('policy', id));
  const linked = readModels.linkedTo(subjectId, stamp).map((id) => streamOf('subject', id));
  return [...policies, ...linked].sort();
}

/** What has not happened yet is no evidence, and on a day that a zone left out nothing happened. */
function assertPresent({ forecast, effectiveAt, effectiveOn, timeZone }: AsOfStamp): void {
  const refusal = (code: string, message: string, rule: string) => new Refusal(code, message, rule, { path: ['asOf'] });
  if (forecast) throw refusal('EVIDENCE_OF_FUTURE', 'That day is not over yet: it can be forecast, not proven.', 'T4');
  if (effectiveOn === undefined || localDateOf(effectiveAt, timeZone) === effectiveOn) return;
  throw refusal('EVIDENCE_DAY_ABSENT', 'The clocks of that zone left this day out.', 'T2');
}

function assertBegun(readModels: ReadModels, about: BundleAbout, stamp: AsOfStamp): void {
  if (hasBegun(readModels, about, stamp)) return;
  const message = 'Nothing had begun by then: the policy was not published, or the person not registered.';
  throw new Refusal('EVIDENCE_BEFORE_START', message, 'S1', { path: ['asOf'] });
}

function hasBegun(readModels: ReadModels, about: BundleAbout, stamp: AsOfStamp): boolean {
  if ('subjectId' in about) {
    const row = readModels.subjectById(about.subjectId, stamp);
    return row !== undefined && row.registeredAt <= stamp.effectiveAt;
  }
  const policy = readModels.policyById(about.policyId, stamp);
  return policy !== undefined && readModels.versionInForce(policy.id, stamp).code !== 'NOT_YET_PUBLISHED';
}
