import type { Instant } from '../time';

/** What can be asked of one organisation. `at` is the command's time. */
export type OrganisationCommand = RegisterOrganisation | AmendOrganisation | RecordRemoval;

export interface RegisterOrganisation {
  readonly type: 'RegisterOrganisation';
  readonly at: Instant;
  readonly organisationId: string;
  readonly slug: string;
  readonly name: string;
  readonly number?: string;
  readonly foreignId?: string;
  readonly timeZone: string;
  readonly defaultLocale: string;
  readonly customerOf?: string;
  readonly approvalRequired: boolean;
}

/** Only what is given and differs is recorded, each as its own fact. */
export interface AmendOrganisation {
  readonly type: 'AmendOrganisation';
  readonly at: Instant;
  readonly name?: string;
  readonly number?: string;
  readonly foreignId?: string;
  readonly timeZone?: string;
  readonly defaultLocale?: string;
  readonly approvalRequired?: boolean;
  readonly noticeLeadDays?: number;
  readonly loginAndDeliveryDays?: number;
  readonly operationalDays?: number;
}

/** Says what retention removed from the system's own records (rules R4, L2). */
export interface RecordRemoval {
  readonly type: 'RecordRemoval';
  readonly at: Instant;
  readonly logins: number;
  readonly deliveries: number;
  readonly before: Instant;
}
