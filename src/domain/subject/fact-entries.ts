import type { Instant } from '../time';
import type { Channel, FactCorrected, GivenPurpose, SubjectEvent } from './subject.events';

/** Facts that a correction may name (rule D6). */
export type PersonFact = Extract<
  SubjectEvent,
  {
    type:
      | 'NoticeNotified'
      | 'NoticeShown'
      | 'NoticeAcknowledged'
      | 'NoticeDeferred'
      | 'TermsAccepted'
      | 'TermsRefused'
      | 'ConsentGiven'
      | 'ConsentRefused'
      | 'ConsentDeferred'
      | 'ConsentWithdrawn'
      | 'ProcessingObjected'
      | 'ProcessingObjectionLifted'
      | 'ProcessingRestricted'
      | 'ProcessingRestrictionLifted';
  }
>;

/**
 * Facts and corrections of one person as a chain, the last first: to add one costs the same whether ten came before or
 * ten thousand. Only what rules of writing ask is kept.
 */
export type FactEntry = KeptFact | KeptCorrection;

export interface KeptFact {
  readonly kind: 'fact';
  /** Place in the stream, from 1. */
  readonly place: number;
  readonly type: PersonFact['type'];
  readonly policyId: string;
  readonly versionId: string | undefined;
  readonly purposes: readonly string[];
  readonly validFrom: Instant;
  readonly notedAt: Instant;
  readonly channel: Channel | undefined;
  readonly before: FactEntry | undefined;
}

export interface KeptCorrection {
  readonly kind: 'correction';
  readonly corrects: number;
  readonly void: boolean;
  readonly changes: CorrectedFields;
  readonly before: FactEntry | undefined;
}

/** What a correction sets; what is absent stays as it was. */
export type CorrectedFields = Pick<
  FactCorrected['data'],
  'occurredAt' | 'channel' | 'method' | 'locale' | 'contentSha256' | 'purposes'
>;

export function factOf({ type, data }: PersonFact, place: number, before: FactEntry | undefined): KeptFact {
  return {
    kind: 'fact',
    place,
    type,
    policyId: data.policyId,
    versionId: 'versionId' in data ? data.versionId : undefined,
    purposes: 'purposes' in data ? data.purposes.map(purposeNamed) : NONE,
    validFrom: data.validFrom,
    notedAt: data.notedAt,
    channel: 'channel' in data ? data.channel : undefined,
    before,
  };
}

const NONE: readonly string[] = [];

function purposeNamed(purpose: string | GivenPurpose): string {
  return typeof purpose === 'string' ? purpose : purpose.purpose;
}

export function correctionOf(data: FactCorrected['data'], before: FactEntry | undefined): KeptCorrection {
  const { corrects, void: isVoid, occurredAt, channel, method, locale, contentSha256, purposes } = data;
  const changes = {
    ...(occurredAt && { occurredAt }),
    ...(channel && { channel }),
    ...(method && { method }),
    ...(locale && { locale }),
    ...(contentSha256 && { contentSha256 }),
    ...(purposes && { purposes }),
  };
  return { kind: 'correction', corrects, void: isVoid, changes, before };
}

/** The fact that stands at a place of the stream, and the last correction of it. */
export function factAt(
  last: FactEntry | undefined,
  place: number,
): { readonly fact: KeptFact; readonly correction: KeptCorrection | undefined } | undefined {
  let correction: KeptCorrection | undefined;
  for (let entry = last; entry; entry = entry.before) {
    if (entry.kind === 'fact' && entry.place === place) return { fact: entry, correction };
    if (entry.kind === 'correction' && entry.corrects === place) correction ??= entry;
  }
  return undefined;
}

/** True when the person was told of the version on this channel already; a voided telling is none (rule O3). */
export function wasNotified(last: FactEntry | undefined, versionId: string, channel: Channel): boolean {
  const corrected = new Map<number, KeptCorrection>();
  for (let entry = last; entry; entry = entry.before) {
    if (entry.kind === 'correction') {
      if (!corrected.has(entry.corrects)) corrected.set(entry.corrects, entry);
    } else if (entry.type === 'NoticeNotified' && entry.versionId === versionId) {
      const correction = corrected.get(entry.place);
      if (!correction?.void && (correction?.changes.channel ?? entry.channel) === channel) return true;
    }
  }
  return false;
}

/** True when any fact of the person names this purpose of the policy. */
export function namesPurpose(last: FactEntry | undefined, policyId: string, purpose: string): boolean {
  for (let entry = last; entry; entry = entry.before) {
    if (entry.kind === 'fact' && entry.policyId === policyId && entry.purposes.includes(purpose)) return true;
  }
  return false;
}
