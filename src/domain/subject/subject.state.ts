import { type Instant, laterOf } from '../time';
import { correctionOf, type FactEntry, factOf } from './fact-entries';
import type { Profile, SubjectEvent } from './subject.events';

export type SubjectState = { readonly status: 'absent' } | Subject;

/** One person as the rules of writing need them. What is answered about a person is folded elsewhere, from the same events. */
export interface Subject {
  readonly status: 'existing';
  readonly subjectId: string;
  readonly organisationId: string;
  readonly anonymous: boolean;
  readonly keyId: string;
  readonly registeredAt: Instant;
  readonly profile: Profile;
  /** By (validFrom, order of recording). */
  readonly classifications: readonly Classification[];
  /** How many events the stream holds; the next one's place is one more. */
  readonly places: number;
  /** From when what was last told live counts: what is told live later counts from no earlier instant (rule S5). */
  readonly lastLiveAt: Instant;
  /** Facts and corrections, the last first. */
  readonly facts: FactEntry | undefined;
  /** The account that this anonymous person is (rule D7). */
  readonly linkedTo?: string;
  readonly linkedAt?: Instant;
  /** The latest revocation of the person's own tokens. */
  readonly tokensRevokedAt?: Instant;
  /** Anonymous persons that are this account. */
  readonly linked: readonly string[];
  readonly erasure: ErasureStatus;
  /** The last one placed, unless lifted; it may have ended by its time. */
  readonly hold?: LegalHold;
}

export type ErasureStatus = 'NONE' | 'REQUESTED' | 'DECIDED' | 'STARTED' | 'DONE';

export interface LegalHold {
  readonly until?: Instant;
}

/** What a person was said to be from an instant on; what is absent stays as it was before. */
export interface Classification {
  readonly validFrom: Instant;
  readonly categories?: readonly string[];
  /** Null: no customer. */
  readonly customerId?: string | null;
  readonly exempt?: boolean;
}

export const noSubject: SubjectState = { status: 'absent' };

export function evolveSubject(state: SubjectState, event: SubjectEvent): SubjectState {
  if (event.type === 'SubjectRegistered') return registered(event.data);
  if (state.status === 'absent') throw new Error(`${event.type} stands before SubjectRegistered.`);
  const places = state.places + 1;
  return { ...changed(state, event, places), places, lastLiveAt: laterOf(state.lastLiveAt, toldAt(event)) };
}

function registered(data: Extract<SubjectEvent, { type: 'SubjectRegistered' }>['data']): Subject {
  const { subjectId, organisationId, anonymous, keyId, registeredAt, notedAt, categories, customerId, exempt } = data;
  return {
    status: 'existing',
    subjectId,
    organisationId,
    anonymous,
    keyId,
    registeredAt,
    profile: { categories, ...(customerId !== undefined && { customerId }), exempt },
    classifications: [],
    places: 1,
    lastLiveAt: notedAt,
    facts: undefined,
    linked: [],
    erasure: 'NONE',
  };
}

function changed(state: Subject, event: Exclude<SubjectEvent, { type: 'SubjectRegistered' }>, place: number): Subject {
  switch (event.type) {
    case 'SubjectClassified':
      return { ...state, classifications: withClassification(state.classifications, event.data) };
    case 'SubjectLinked':
      return { ...state, linkedTo: event.data.accountId, linkedAt: event.data.linkedAt };
    case 'SubjectLinkReceived':
      return { ...state, linked: [...state.linked, event.data.anonymousId] };
    case 'SubjectTokensRevoked':
      return { ...state, tokensRevokedAt: event.data.revokedAt };
    case 'NoticeNotified':
    case 'NoticeShown':
    case 'NoticeAcknowledged':
    case 'NoticeDeferred':
    case 'TermsAccepted':
    case 'TermsRefused':
    case 'ConsentGiven':
    case 'ConsentRefused':
    case 'ConsentDeferred':
    case 'ConsentWithdrawn':
    case 'ProcessingObjected':
    case 'ProcessingObjectionLifted':
    case 'ProcessingRestricted':
    case 'ProcessingRestrictionLifted':
      return { ...state, facts: factOf(event, place, state.facts) };
    case 'FactCorrected':
      return { ...state, facts: correctionOf(event.data, state.facts) };
    case 'SubjectErasureRequested':
      return { ...state, erasure: 'REQUESTED' };
    case 'SubjectErasureDeclined':
      return { ...state, erasure: 'NONE' };
    case 'SubjectErasureDecided':
      return { ...state, erasure: 'DECIDED' };
    case 'LegalHoldPlaced': {
      const { until } = event.data;
      return { ...state, hold: { ...(until && { until }) } };
    }
    case 'LegalHoldLifted': {
      const { hold: _, ...rest } = state;
      return rest;
    }
    case 'SubjectErasureStarted':
      return { ...state, erasure: 'STARTED' };
    case 'SubjectErased':
      return { ...state, erasure: 'DONE' };
  }
}

function withClassification(
  known: readonly Classification[],
  data: Extract<SubjectEvent, { type: 'SubjectClassified' }>['data'],
): readonly Classification[] {
  const { validFrom, categories, customerId, customerEnded, exempt } = data;
  const entry: Classification = {
    validFrom,
    ...(categories && { categories }),
    ...(customerEnded && { customerId: null }),
    ...(customerId !== undefined && { customerId }),
    ...(exempt !== undefined && { exempt }),
  };
  const place = known.findLastIndex((other) => other.validFrom <= validFrom) + 1;
  return known.toSpliced(place, 0, entry);
}

/** When it was told: what is told later counts from no earlier instant, whichever clock was fast (rule S5). */
function toldAt(event: Exclude<SubjectEvent, { type: 'SubjectRegistered' }>): Instant {
  switch (event.type) {
    case 'SubjectClassified':
    case 'NoticeNotified':
    case 'NoticeShown':
    case 'NoticeAcknowledged':
    case 'NoticeDeferred':
    case 'TermsAccepted':
    case 'TermsRefused':
    case 'ConsentGiven':
    case 'ConsentRefused':
    case 'ConsentDeferred':
    case 'ConsentWithdrawn':
    case 'ProcessingObjected':
    case 'ProcessingObjectionLifted':
    case 'ProcessingRestricted':
    case 'ProcessingRestrictionLifted':
      return event.data.notedAt;
    case 'SubjectLinked':
    case 'SubjectLinkReceived':
      return event.data.linkedAt;
    case 'SubjectTokensRevoked':
      return event.data.revokedAt;
    case 'FactCorrected':
      return event.data.correctedAt;
    case 'SubjectErasureRequested':
      return event.data.requestedAt;
    case 'SubjectErasureDeclined':
      return event.data.declinedAt;
    case 'SubjectErasureDecided':
      return event.data.decidedAt;
    case 'LegalHoldPlaced':
      return event.data.placedAt;
    case 'LegalHoldLifted':
      return event.data.liftedAt;
    case 'SubjectErasureStarted':
      return event.data.startedAt;
    case 'SubjectErased':
      return event.data.erasedAt;
  }
}

/** What the person was at an instant (rule D5). What they were registered as holds for all before. */
export function profileAt({ profile, classifications }: Subject, at: Instant): Profile {
  let { categories, customerId, exempt } = profile;
  for (const entry of classifications) {
    if (entry.validFrom > at) break;
    categories = entry.categories ?? categories;
    exempt = entry.exempt ?? exempt;
    if (entry.customerId !== undefined) customerId = entry.customerId ?? undefined;
  }
  return { categories, ...(customerId !== undefined && { customerId }), exempt };
}

/** Every customer that the person ever belonged to. */
export function customersOf({ profile, classifications }: Subject): readonly string[] {
  const named = [profile.customerId, ...classifications.map(({ customerId }) => customerId)];
  return [...new Set(named.filter((id): id is string => typeof id === 'string'))];
}

/** True while a legal hold stands: from its placing until it is lifted or its time has come (rule E1). */
export function holdStands({ hold }: Subject, at: Instant): boolean {
  return hold !== undefined && (hold.until === undefined || hold.until > at);
}

/** Once begun, an erasure lets nothing but its outcome follow (rule E1). */
export function isErased({ erasure }: Pick<Subject, 'erasure'>): boolean {
  return erasure === 'STARTED' || erasure === 'DONE';
}
