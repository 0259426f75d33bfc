import type { Instant } from '../time';

/** What can be asked of one organisation. `at` is the command's time. */
export type OrganisationCommand = RegisterOrganisation | AmendOrganisation;

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
