import type { Occurrence, ShownText, SubjectEvent } from '../../../src/domain/subject/subject.events';
import type { Instant } from '../../../src/domain/time';
import { at, sampleId } from './sample-facts';

/** Facts about people for tests of read models: whole and well-formed. */

type DataOf<Type extends SubjectEvent['type']> = Extract<SubjectEvent, { readonly type: Type }>['data'];
type Fact<Type extends SubjectEvent['type']> = Extract<SubjectEvent, { readonly type: Type }>;

export const ORGANISATION = sampleId(1);
export const CUSTOMER = sampleId(2);
export const POLICY = sampleId(3);
export const VERSION = sampleId(4);

export function subjectStream(id: string): string {
  return `subject-${id}`;
}

export function registered(
  subjectId: string,
  more: Partial<DataOf<'SubjectRegistered'>> = {},
): Fact<'SubjectRegistered'> {
  const registeredAt = at('2024-01-01');
  return {
    type: 'SubjectRegistered',
    data: {
      subjectId,
      organisationId: ORGANISATION,
      anonymous: false,
      categories: ['customer'],
      exempt: false,
      keyId: sampleId(900),
      registeredAt,
      notedAt: registeredAt,
      ...more,
    },
  };
}

/** Live: it counts from when it occurred. */
export function live(occurredAt: Instant): Occurrence {
  return { occurredAt, validFrom: occurredAt, live: true, notedAt: occurredAt };
}

/** Told long after. */
export function late(occurredAt: Instant, notedAt: Instant): Occurrence {
  return { occurredAt, validFrom: occurredAt, live: false, notedAt };
}

export function classified(
  subjectId: string,
  occurrence: Occurrence,
  parts: Pick<DataOf<'SubjectClassified'>, 'categories' | 'customerId' | 'customerEnded' | 'exempt'>,
): Fact<'SubjectClassified'> {
  return { type: 'SubjectClassified', data: { subjectId, ...parts, ...occurrence } };
}

export const shownText: ShownText = {
  policyId: POLICY,
  versionId: VERSION,
  locale: 'nb',
  contentSha256: 'a'.repeat(64),
};

const CLICKED = { method: 'CLICKED_BUTTON', channel: 'APP', decidedBy: 'PERSON' } as const;

export function given(
  subjectId: string,
  occurrence: Occurrence,
  purposes: DataOf<'ConsentGiven'>['purposes'] = [{ purpose: 'newsletter' }],
): Fact<'ConsentGiven'> {
  return { type: 'ConsentGiven', data: { subjectId, ...CLICKED, ...shownText, purposes, ...occurrence } };
}

export function withdrawn(
  subjectId: string,
  occurrence: Occurrence,
  purposes: readonly string[] = ['newsletter'],
): Fact<'ConsentWithdrawn'> {
  return { type: 'ConsentWithdrawn', data: { subjectId, policyId: POLICY, purposes, ...occurrence } };
}

export function noticed(subjectId: string, occurrence: Occurrence): Fact<'NoticeShown'> {
  return { type: 'NoticeShown', data: { subjectId, channel: 'APP', ...shownText, ...occurrence } };
}

export function corrected(
  subjectId: string,
  corrects: number,
  more: Partial<DataOf<'FactCorrected'>> = {},
): Fact<'FactCorrected'> {
  const data = { subjectId, corrects, void: false, reason: 'sealed', correctedAt: at('2024-06-01') };
  return { type: 'FactCorrected', data: { ...data, ...more } };
}
