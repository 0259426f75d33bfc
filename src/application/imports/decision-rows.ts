import { Refusal } from '../../domain/refusal';
import type { Channel, Method } from '../../domain/subject/subject.events';
import type { Instant } from '../../domain/time';

export const IMPORTED_FACTS = [
  'NOTICE_NOTIFIED',
  'NOTICE_SHOWN',
  'NOTICE_ACKNOWLEDGED',
  'TERMS_ACCEPTED',
  'TERMS_REFUSED',
  'CONSENT_GIVEN',
  'CONSENT_REFUSED',
  'CONSENT_DEFERRED',
  'CONSENT_WITHDRAWN',
] as const;
export type ImportedFact = (typeof IMPORTED_FACTS)[number];

/** One old fact, as an organisation's own records tell it (rule I3). */
export interface DecisionRow {
  /** The person has to be registered. */
  readonly externalId: string;
  readonly fact: ImportedFact;
  /** Id of a version, or its label in `policy`. */
  readonly version?: string;
  /** Id of a policy, its handle "organisation/policy", or its slug within the organisation that imports. */
  readonly policy?: string;
  /** Absent: that of `contentSha256`, or the only one that the version has. */
  readonly locale?: string;
  /** Absent: that of the version's text in `locale`. */
  readonly contentSha256?: string;
  readonly purposes?: readonly string[];
  readonly method?: Method;
  /** Of a decision: APP unless said otherwise. */
  readonly channel?: Channel;
  readonly occurredAt: Instant;
}

/** A row with the number that its refusal is told by: of the row, or of the line in a file. */
export interface NumberedRow {
  readonly row: number;
  /** A refusal: the row cannot be read. */
  readonly decision: DecisionRow | Refusal;
}

export const subjectUnknown = () =>
  new Refusal('SUBJECT_UNKNOWN', 'The organisation has no person of this external id.', 'I3', { path: ['externalId'] });

export const policyUnknown = () =>
  new Refusal('POLICY_UNKNOWN', 'There is no such policy, or none of this person.', 'I3', { path: ['policy'] });

export const policyMissing = () =>
  new Refusal('POLICY_MISSING', 'Name the policy, or the version by its id.', 'I3', { path: ['policy'] });

export const versionUnknown = () =>
  new Refusal('VERSION_UNKNOWN', 'The policy has no version of this id or label.', 'I3', { path: ['version'] });

export const versionAmbiguous = () =>
  new Refusal('VERSION_AMBIGUOUS', 'Several versions have this label; give the id.', 'I3', { path: ['version'] });

export const versionMissing = () => new Refusal('VERSION_MISSING', 'Name the version.', 'I3', { path: ['version'] });

export const localeMissing = () =>
  new Refusal('LOCALE_MISSING', 'The version has several texts; name the locale or the hash.', 'C2', {
    path: ['locale'],
  });

export const methodMissing = () =>
  new Refusal('METHOD_MISSING', 'Say how the person showed the decision.', 'C1', { path: ['method'] });

export const channelMissing = () =>
  new Refusal('CHANNEL_MISSING', 'Say on which channel.', 'I3', { path: ['channel'] });
