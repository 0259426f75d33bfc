import type { SubjectEvent } from '../../src/domain/subject/subject.events';
import { epochMsOf } from '../../src/domain/time';
import type { FoundNumbers, Numbering } from '../numbers';
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
const KIND_NUMBERS = new Map<string, number>(KINDS.map((kind, number) => [kind, number]));
export const CLASSIFIED = KINDS.indexOf('SubjectClassified');

/** A fact as it was told, and what the last correction said of it. */
export interface StoredFact {
  /** Place in its stream, whatever was corrected. */
  readonly place: number;
  readonly kind: number;
  readonly validFrom: number;
  /** 0: it names none. */
  readonly version: number;
  /** Purposes as `number`, or `number:expiry`, one after the other; of a profile its parts. */
  readonly about: string;
  /** Empty: nothing. */
  readonly corrected: string;
}

/** Finds and gives the numbers that facts name things by. */
export interface FactNames {
  readonly numbers: Numbering;
  readonly found: { readonly versions: FoundNumbers; readonly purposes: FoundNumbers };
}

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

export interface ToldFact {
  readonly stored: StoredFact;
  readonly known: KnownFact;
}

export function toldFact(event: FactEvent, policy: number, place: number, names: FactNames): ToldFact {
  const { data, type } = event;
  const { numbers, found } = names;
  const version = 'versionId' in data ? found.versions.numberOf(data.versionId, numbers) : 0;
  const validFrom = epochMsOf(data.validFrom);
  const purposes: number[] = [];
  const expiries: Expiry[] = [];
  let about = '';
  for (const each of 'purposes' in data ? data.purposes : []) {
    const isBare = typeof each === 'string';
    const purpose = found.purposes.numberOf(isBare ? each : each.purpose, numbers);
    const at = isBare || each.expiresAt === undefined ? undefined : epochMsOf(each.expiresAt);
    purposes.push(purpose);
    about += `${about === '' ? '' : ','}${purposeText(purpose, at)}`;
    if (at !== undefined) expiries.push({ at, purpose, version });
  }
  return {
    stored: { place, kind: KIND_NUMBERS.get(type) ?? 0, validFrom, version, about, corrected: '' },
    known: { place, validFrom, policy, fact: stateFact(type, version, purposes), expiries },
  };
}

function purposeText(purpose: number, expiresAt: number | undefined): string {
  return expiresAt === undefined ? `${purpose}` : `${purpose}:${expiresAt}`;
}

export function profileFact(
  data: Extract<SubjectEvent, { readonly type: 'SubjectClassified' }>['data'],
  place: number,
): StoredFact {
  const { categories, customerId, customerEnded, exempt } = data;
  const customer = customerEnded ? null : customerId;
  const about = JSON.stringify({ categories, customer, exempt });
  return { place, kind: CLASSIFIED, validFrom: epochMsOf(data.validFrom), version: 0, about, corrected: '' };
}

/** What a correction says of the original: all that differs from it, whatever an earlier one said (rule D6). */
export function correctionText({ void: isVoid, occurredAt, purposes }: Correction, names: FactNames): string {
  if (isVoid) return 'void';
  const about = purposes?.map(({ purpose, expiresAt }) =>
    purposeText(
      names.found.purposes.numberOf(purpose, names.numbers),
      expiresAt === undefined ? undefined : epochMsOf(expiresAt),
    ),
  );
  const validFrom = occurredAt === undefined ? undefined : epochMsOf(occurredAt);
  return JSON.stringify({ validFrom, about: about?.join() });
}

/** Stands neither in JSON nor in a number. */
const BETWEEN = '\t';

export function textOfFact({ place, kind, validFrom, version, about, corrected }: StoredFact): string {
  return [place, kind, validFrom, version, about, corrected].join(BETWEEN);
}

/** @param text of {@link textOfFact} */
export function factOfText(text: string): StoredFact {
  const [place, kind, validFrom, version, about = '', corrected = ''] = text.split(BETWEEN);
  return {
    place: Number(place),
    kind: Number(kind),
    validFrom: Number(validFrom),
    version: Number(version),
    about,
    corrected,
  };
}

/** Undefined: void, or no fact about a policy. */
export function knownFact(stored: StoredFact, policy: number): KnownFact | undefined {
  const kind = KINDS[stored.kind];
  if (kind === undefined || kind === 'SubjectClassified' || stored.corrected === 'void') return undefined;
  const { place, version } = stored;
  const corrected = correctedParts(stored);
  const about = (corrected.about ?? stored.about).split(',').filter((each) => each !== '');
  const named = about.map((each) => each.split(':').map(Number));
  const purposes = named.map(([purpose = 0]) => purpose);
  return {
    place,
    validFrom: corrected.validFrom ?? stored.validFrom,
    policy,
    fact: stateFact(kind, version, purposes),
    expiries: named.flatMap(([purpose = 0, at]) => (at === undefined ? [] : [{ at, purpose, version }])),
  };
}

function correctedParts({ corrected }: StoredFact): { readonly validFrom?: number; readonly about?: string } {
  return corrected === '' ? {} : JSON.parse(corrected);
}

export function knownProfile({ kind, about, place, validFrom }: StoredFact): KnownProfile | undefined {
  if (kind !== CLASSIFIED) return undefined;
  return { ...(JSON.parse(about) as Omit<KnownProfile, 'place' | 'validFrom'>), place, validFrom };
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
