import type { Instant } from '../time';
import { factsByPolicy, latestFirst, type PolicyFact } from './facts-by-policy';
import type { PersonFacts, Placed } from './person-facts';
import type { FactCorrected, Profile, SubjectClassified, SubjectEvent, SubjectRegistered } from './subject.events';

/** An event with its place in the person's stream, from 1. */
export interface PlacedSubjectEvent {
  readonly version: number;
  readonly event: SubjectEvent;
}

/**
 * What rules ask about a person, from the events of the person's stream in their order: the oracle of the read models.
 *
 * @param upTo the last place in the stream that is known; absent: all of it
 * @param anonymous folds of anonymous persons on the same prefix of the log; those linked to this account count (D7)
 * @returns undefined while the person is not registered
 */
export function foldPerson(
  events: Iterable<PlacedSubjectEvent>,
  upTo = Number.POSITIVE_INFINITY,
  anonymous: readonly PersonFacts[] = [],
): PersonFacts | undefined {
  const known = [...events].filter(({ version }) => version <= upTo);
  const stream = foldStream(known);
  if (!stream.registered) return undefined;
  const { subjectId, organisationId, anonymous: isAnonymous, registeredAt } = stream.registered;
  const parts = stream.classified.sort(latestFirst).map(({ data }) => data);
  return {
    subjectId,
    organisationId,
    anonymous: isAnonymous,
    registeredAt,
    linkedTo: stream.linkedTo,
    erasedAt: stream.erasedAt,
    profileAt: profileTimeline(stream.registered, parts),
    ...factsByPolicy(correctedFacts(stream)),
    linked: anonymous.filter(({ linkedTo }) => linkedTo === subjectId),
  };
}

interface Stream {
  registered: SubjectRegistered['data'] | undefined;
  linkedTo: string | undefined;
  erasedAt: Instant | undefined;
  readonly classified: (Omit<Placed, 'occurredAt'> & { readonly data: SubjectClassified['data'] })[];
  /** By place in the stream. */
  readonly facts: Map<number, PolicyFact>;
  /** The last of each fact, by the fact's place. */
  readonly corrections: Map<number, FactCorrected['data']>;
}

function foldStream(events: readonly PlacedSubjectEvent[]): Stream {
  const stream: Stream = {
    registered: undefined,
    linkedTo: undefined,
    erasedAt: undefined,
    classified: [],
    facts: new Map(),
    corrections: new Map(),
  };
  for (const { version: order, event } of events) {
    switch (event.type) {
      case 'SubjectRegistered':
        stream.registered = event.data;
        break;
      case 'SubjectClassified':
        stream.classified.push({ order, validFrom: event.data.validFrom, data: event.data });
        break;
      case 'SubjectLinked':
        stream.linkedTo = event.data.accountId;
        break;
      case 'SubjectErased':
        stream.erasedAt = event.data.erasedAt;
        break;
      case 'FactCorrected':
        stream.corrections.set(event.data.corrects, event.data);
        break;
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
        stream.facts.set(order, event);
        break;
      case 'SubjectLinkReceived':
      case 'SubjectTokensRevoked':
      case 'SubjectErasureRequested':
      case 'SubjectErasureDeclined':
      case 'SubjectErasureDecided':
      case 'LegalHoldPlaced':
      case 'LegalHoldLifted':
      case 'SubjectErasureStarted':
        break;
    }
  }
  return stream;
}

/**
 * D6: a corrected fact keeps the original's place. Of several corrections of one fact the last alone tells how it
 * stands, against the original.
 */
function correctedFacts({ facts, corrections }: Stream): ReadonlyMap<number, PolicyFact> {
  const standing = new Map(facts);
  for (const [place, correction] of corrections) {
    const original = facts.get(place);
    if (original && !correction.void) standing.set(place, corrected(original, correction));
    else standing.delete(place);
  }
  return standing;
}

function corrected<Fact extends PolicyFact>(fact: Fact, correction: FactCorrected['data']): Fact {
  const { occurredAt, channel, method, locale, contentSha256, purposes } = correction;
  const data = {
    ...fact.data,
    ...(occurredAt !== undefined && { occurredAt, validFrom: occurredAt }),
    ...(channel !== undefined && { channel }),
    ...(method !== undefined && { method }),
    ...(locale !== undefined && { locale }),
    ...(contentSha256 !== undefined && { contentSha256 }),
    ...(purposes !== undefined && { purposes }),
  };
  return { ...fact, data };
}

/** O1, D5: from each classification on its parts hold instead of those before. The registered ones hold from ever. */
function profileTimeline(registered: Profile, parts: readonly SubjectClassified['data'][]): PersonFacts['profileAt'] {
  return (at) => {
    const past = parts.filter(({ validFrom }) => validFrom <= at);
    const moved = past.find(({ customerId, customerEnded }) => customerId !== undefined || customerEnded);
    const customerId = moved ? moved.customerId : registered.customerId;
    return {
      categories: past.find(({ categories }) => categories)?.categories ?? registered.categories,
      ...(customerId !== undefined && { customerId }),
      exempt: past.find(({ exempt }) => exempt !== undefined)?.exempt ?? registered.exempt,
    };
  };
}
