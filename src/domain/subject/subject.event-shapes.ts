import {
  count,
  type EventShape,
  type FieldChecks,
  fields,
  flag,
  instant,
  list,
  localDate,
  oneOf,
  optional,
  shape,
  text,
} from '../event-shapes';
import {
  CHANNELS,
  DECISION_MAKERS,
  type GivenPurpose,
  METHODS,
  type Occurrence,
  type ShownText,
  type SubjectEvent,
} from './subject.events';

type DataOf<Type extends SubjectEvent['type']> = Extract<SubjectEvent, { type: Type }>['data'];

const purposes = list(text);
const givenPurposes = list(fields<GivenPurpose>({ purpose: text, expiresAt: optional(instant) }));
const channel = oneOf(CHANNELS);
const method = oneOf(METHODS);

const occurrence: FieldChecks<Occurrence> = {
  occurredAt: instant,
  validFrom: instant,
  live: flag,
  notedAt: instant,
  imported: optional(flag),
};

const shown: FieldChecks<ShownText> = { policyId: text, versionId: text, locale: text, contentSha256: text };
const notice = { subjectId: text, channel, method: optional(method), ...shown, ...occurrence };
const decision = { subjectId: text, method, channel, decidedBy: oneOf(DECISION_MAKERS), ...shown, ...occurrence };
const processing = { subjectId: text, policyId: text, purposes, reason: optional(text), ...occurrence };

/** When a fact occurred is when whoever documented it says, not when it was recorded (rule T1). */
export const subjectEventShapes: { readonly [Type in SubjectEvent['type']]: EventShape } = {
  SubjectRegistered: shape<DataOf<'SubjectRegistered'>>('registeredAt', {
    subjectId: text,
    organisationId: text,
    anonymous: flag,
    categories: list(text),
    customerId: optional(text),
    exempt: flag,
    keyId: text,
    registeredAt: instant,
    notedAt: instant,
  }),
  SubjectClassified: shape<DataOf<'SubjectClassified'>>('occurredAt', {
    subjectId: text,
    categories: optional(list(text)),
    customerId: optional(text),
    customerEnded: optional(flag),
    exempt: optional(flag),
    ...occurrence,
  }),
  SubjectLinked: shape<DataOf<'SubjectLinked'>>('linkedAt', { subjectId: text, accountId: text, linkedAt: instant }),
  SubjectLinkReceived: shape<DataOf<'SubjectLinkReceived'>>('linkedAt', {
    subjectId: text,
    anonymousId: text,
    linkedAt: instant,
  }),
  SubjectTokensRevoked: shape<DataOf<'SubjectTokensRevoked'>>('revokedAt', { subjectId: text, revokedAt: instant }),
  NoticeNotified: shape<DataOf<'NoticeNotified'>>('occurredAt', notice),
  NoticeShown: shape<DataOf<'NoticeShown'>>('occurredAt', notice),
  NoticeAcknowledged: shape<DataOf<'NoticeAcknowledged'>>('occurredAt', notice),
  NoticeDeferred: shape<DataOf<'NoticeDeferred'>>('occurredAt', {
    subjectId: text,
    policyId: text,
    versionId: text,
    channel,
    ...occurrence,
  }),
  TermsAccepted: shape<DataOf<'TermsAccepted'>>('occurredAt', decision),
  TermsRefused: shape<DataOf<'TermsRefused'>>('occurredAt', decision),
  ConsentGiven: shape<DataOf<'ConsentGiven'>>('occurredAt', { ...decision, purposes: givenPurposes }),
  ConsentRefused: shape<DataOf<'ConsentRefused'>>('occurredAt', { ...decision, purposes }),
  ConsentDeferred: shape<DataOf<'ConsentDeferred'>>('occurredAt', { ...decision, purposes }),
  ConsentWithdrawn: shape<DataOf<'ConsentWithdrawn'>>('occurredAt', {
    subjectId: text,
    policyId: text,
    purposes,
    ...occurrence,
  }),
  ProcessingObjected: shape<DataOf<'ProcessingObjected'>>('occurredAt', processing),
  ProcessingObjectionLifted: shape<DataOf<'ProcessingObjectionLifted'>>('occurredAt', processing),
  ProcessingRestricted: shape<DataOf<'ProcessingRestricted'>>('occurredAt', processing),
  ProcessingRestrictionLifted: shape<DataOf<'ProcessingRestrictionLifted'>>('occurredAt', processing),
  FactCorrected: shape<DataOf<'FactCorrected'>>('correctedAt', {
    subjectId: text,
    corrects: count,
    void: flag,
    occurredAt: optional(instant),
    channel: optional(channel),
    method: optional(method),
    locale: optional(text),
    contentSha256: optional(text),
    purposes: optional(givenPurposes),
    reason: text,
    correctedAt: instant,
  }),
  SubjectErasureRequested: shape<DataOf<'SubjectErasureRequested'>>('requestedAt', {
    subjectId: text,
    requestedAt: instant,
  }),
  SubjectErasureDeclined: shape<DataOf<'SubjectErasureDeclined'>>('declinedAt', {
    subjectId: text,
    reason: text,
    declinedAt: instant,
  }),
  SubjectErasureDecided: shape<DataOf<'SubjectErasureDecided'>>('decidedAt', {
    subjectId: text,
    reason: text,
    decidedAt: instant,
  }),
  LegalHoldPlaced: shape<DataOf<'LegalHoldPlaced'>>('placedAt', {
    subjectId: text,
    until: optional(instant),
    reason: text,
    placedAt: instant,
  }),
  LegalHoldLifted: shape<DataOf<'LegalHoldLifted'>>('liftedAt', { subjectId: text, reason: text, liftedAt: instant }),
  SubjectErasureStarted: shape<DataOf<'SubjectErasureStarted'>>('startedAt', {
    subjectId: text,
    keyId: text,
    startedAt: instant,
  }),
  SubjectErased: shape<DataOf<'SubjectErased'>>('erasedAt', {
    subjectId: text,
    keyId: text,
    epoch: count,
    finalOn: localDate,
    erasedAt: instant,
  }),
};
