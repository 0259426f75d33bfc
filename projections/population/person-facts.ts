import type { SubjectEvent } from '../../src/domain/subject/subject.events';
import { epochMsOf } from '../../src/domain/time';
import type { Numbering } from '../numbers';
import { numberOf, type Row, textOf } from '../projection';
import { type StateFact, TOLD } from './person-state';

/** Facts about policies that change how a person stands towards one; putting a notice off is none (rule C5). */
export const FACT_TYPES = [
  'NoticeNotified',
  'NoticeShown',
  'NoticeAcknowledged',
  'TermsAccepted',
  'TermsRefused',
  'ConsentGiven',
  'ConsentRefused',
  'ConsentDeferred',
  'ConsentWithdrawn',
  'ProcessingObjected',
  'ProcessingObjectionLifted',
  'ProcessingRestricted',
  'ProcessingRestrictionLifted',
] as const;

export type FactEvent = Extract<SubjectEvent, { readonly type: (typeof FACT_TYPES)[number] }>;
type Correction = Extract<SubjectEvent, { readonly type: 'FactCorrected' }>['data'];

/** How facts are named in rows; what was recorded stands there under its number for ever. */
const KINDS = [...FACT_TYPES, 'SubjectClassified'] as const;
export const CLASSIFIED = KINDS.indexOf('SubjectClassified');

/** A fact as it stands by now, corrections applied (rule D6). */
export interface KnownFact {
  /** Place in its stream, whatever was corrected. */
  readonly place: number;
  readonly validFrom: number;
  readonly policy: number;
  readonly fact: StateFact;
  /** Of a yes: when it expires, by purpose. */
  readonly expiries: readonly Expiry[];
}

export interface Expiry {
  readonly at: number;
  readonly purpose: number;
  readonly version: number;
}

/** A part of a person's profile that holds from an instant on. */
export interface KnownProfile {
  readonly place: number;
  readonly validFrom: number;
  readonly categories?: readonly string[];
  /** Absent: as before; null: none any more. */
  readonly customer?: string | null;
  readonly exempt?: boolean;
}

/** The row of a fact: `purposes` as `number`, or `number:expiry`, one after the other. */
export function factRow(event: FactEvent, person: number, place: number, numbers: Numbering): Row {
  const { data, type } = event;
  return {
    person,
    place,
    policy: numbers.of('policies', { policy: data.policyId }),
    kind: KINDS.indexOf(type),
    valid_from: epochMsOf(data.validFrom),
    version: 'versionId' in data ? numbers.of('versions', { version: data.versionId }) : 0,
    about: aboutOf(event, numbers),
    corrected: null,
  };
}

function aboutOf({ data }: FactEvent, numbers: Numbering): string {
  if (!('purposes' in data)) return '';
  return data.purposes
    .map((each) => {
      const key = typeof each === 'string' ? each : each.purpose;
      const number = numbers.of('purposes', { purpose: key });
      const expiresAt = typeof each === 'string' ? undefined : each.expiresAt;
      return expiresAt === undefined ? `${number}` : `${number}:${epochMsOf(expiresAt)}`;
    })
    .join();
}

export function profileRow(
  data: Extract<SubjectEvent, { readonly type: 'SubjectClassified' }>['data'],
  person: number,
  place: number,
): Row {
  const { categories, customerId, customerEnded, exempt } = data;
  const customer = customerEnded ? null : customerId;
  const about = JSON.stringify({ categories, customer, exempt });
  const validFrom = epochMsOf(data.validFrom);
  return { person, place, policy: 0, kind: CLASSIFIED, valid_from: validFrom, version: 0, about, corrected: null };
}

/** What a correction says of the original: all that differs from it, whatever an earlier one said (rule D6). */
export function correctionText({ void: isVoid, occurredAt, purposes }: Correction, numbers: Numbering): string {
  if (isVoid) return 'void';
  const about = purposes?.map(({ purpose, expiresAt }) => {
    const number = numbers.of('purposes', { purpose });
    return expiresAt === undefined ? `${number}` : `${number}:${epochMsOf(expiresAt)}`;
  });
  const validFrom = occurredAt === undefined ? undefined : epochMsOf(occurredAt);
  return JSON.stringify({ validFrom, about: about?.join() });
}

/** Undefined: void, or no fact about a policy. */
export function knownFact(row: Row): KnownFact | undefined {
  const kind = KINDS[numberOf(row, 'kind')];
  if (kind === undefined || kind === 'SubjectClassified' || row.corrected === 'void') return undefined;
  const corrected = correctedParts(row);
  const version = numberOf(row, 'version');
  const about = (corrected.about ?? textOf(row, 'about')).split(',').filter((each) => each !== '');
  const named = about.map((each) => each.split(':').map(Number));
  const purposes = named.map(([purpose = 0]) => purpose);
  return {
    place: numberOf(row, 'place'),
    validFrom: corrected.validFrom ?? numberOf(row, 'valid_from'),
    policy: numberOf(row, 'policy'),
    fact: stateFact(kind, version, purposes),
    expiries: named.flatMap(([purpose = 0, at]) => (at === undefined ? [] : [{ at, purpose, version }])),
  };
}

function correctedParts(row: Row): { readonly validFrom?: number; readonly about?: string } {
  return row.corrected === null ? {} : JSON.parse(textOf(row, 'corrected'));
}

export function knownProfile(row: Row): KnownProfile | undefined {
  if (row.kind !== CLASSIFIED) return undefined;
  const parts = JSON.parse(textOf(row, 'about')) as Omit<KnownProfile, 'place' | 'validFrom'>;
  return { ...parts, place: numberOf(row, 'place'), validFrom: numberOf(row, 'valid_from') };
}

function stateFact(type: FactEvent['type'], version: number, purposes: readonly number[]): StateFact {
  switch (type) {
    case 'NoticeNotified':
      return { kind: 'told', step: TOLD.NOTIFIED, version };
    case 'NoticeShown':
      return { kind: 'told', step: TOLD.SHOWN, version };
    case 'NoticeAcknowledged':
      return { kind: 'told', step: TOLD.ACKNOWLEDGED, version };
    case 'TermsAccepted':
      return { kind: 'terms', accepted: true, version };
    case 'TermsRefused':
      return { kind: 'terms', accepted: false, version };
    case 'ConsentGiven':
      return { kind: 'given', version, purposes };
    case 'ConsentRefused':
      return { kind: 'refused', version, purposes };
    case 'ConsentDeferred':
      return { kind: 'deferred', version, purposes };
    case 'ConsentWithdrawn':
      return { kind: 'withdrawn', purposes };
    case 'ProcessingObjected':
      return { kind: 'objected', purposes };
    case 'ProcessingObjectionLifted':
      return { kind: 'objection-lifted', purposes };
    case 'ProcessingRestricted':
      return { kind: 'restricted', purposes };
    case 'ProcessingRestrictionLifted':
      return { kind: 'restriction-lifted', purposes };
  }
}
