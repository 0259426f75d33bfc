import type { DomainEvent } from '../decider';
import type { Instant } from '../time';

/** Facts of one organisation, in the stream `organisation-<id>`. Stored type strings are never renamed or reused. */
export type OrganisationEvent =
  | OrganisationRegistered
  | OrganisationNamed
  | OrganisationIdentified
  | OrganisationTimeZoneSet
  | OrganisationDefaultLocaleSet
  | OrganisationApprovalRequirementSet
  | OrganisationNoticeLeadSet
  | OrganisationRetentionSet
  | OperationalRecordsRemoved;

export type OrganisationRegistered = DomainEvent<
  'OrganisationRegistered',
  {
    readonly organisationId: string;
    readonly slug: string;
    readonly name: string;
    /** Norwegian organisation number: nine digits, the last a modulus-11 check digit. */
    readonly number?: string;
    /** Identifier given by another country's register. */
    readonly foreignId?: string;
    readonly timeZone: string;
    readonly defaultLocale: string;
    /** Set for a customer (a controller) of that processor. */
    readonly customerOf?: string;
    readonly approvalRequired: boolean;
    readonly noticeLeadDays: number;
    readonly retention: Retention;
    readonly registeredAt: Instant;
  }
>;
export type OrganisationNamed = DomainEvent<
  'OrganisationNamed',
  { readonly organisationId: string; readonly name: string; readonly namedAt: Instant }
>;
export type OrganisationIdentified = DomainEvent<
  'OrganisationIdentified',
  {
    readonly organisationId: string;
    readonly number?: string;
    readonly foreignId?: string;
    readonly identifiedAt: Instant;
  }
>;
export type OrganisationTimeZoneSet = DomainEvent<
  'OrganisationTimeZoneSet',
  { readonly organisationId: string; readonly timeZone: string; readonly setAt: Instant }
>;
export type OrganisationDefaultLocaleSet = DomainEvent<
  'OrganisationDefaultLocaleSet',
  { readonly organisationId: string; readonly defaultLocale: string; readonly setAt: Instant }
>;
export type OrganisationApprovalRequirementSet = DomainEvent<
  'OrganisationApprovalRequirementSet',
  { readonly organisationId: string; readonly approvalRequired: boolean; readonly setAt: Instant }
>;
export type OrganisationNoticeLeadSet = DomainEvent<
  'OrganisationNoticeLeadSet',
  { readonly organisationId: string; readonly noticeLeadDays: number; readonly setAt: Instant }
>;
export type OrganisationRetentionSet = DomainEvent<
  'OrganisationRetentionSet',
  { readonly organisationId: string; readonly retention: Retention; readonly setAt: Instant }
>;
/** The system's own records of logins and deliveries from before an instant were removed, as retention asks (rules R4, L2). */
export type OperationalRecordsRemoved = DomainEvent<
  'OperationalRecordsRemoved',
  {
    readonly organisationId: string;
    /** How many of each. */
    readonly logins: number;
    readonly deliveries: number;
    readonly before: Instant;
    readonly removedAt: Instant;
  }
>;

/** How long the system keeps its own records, in days (rule R4); proof streams are exempt. */
export interface Retention {
  readonly loginAndDeliveryDays: number;
  readonly operationalDays: number;
}
