import type { ConsentStatus } from '../../domain/subject/consent-state';
import type { ObligationKind } from '../../domain/subject/demands';
import type { NoticeStep } from '../../domain/subject/notice-state';

/** What an audit says, whether the node or a server answered it. */
export interface AuditSheet {
  readonly policy: string;
  readonly asOf: SheetStamp;
  /** In force by the general dates. */
  readonly inForce: { readonly sequence: number; readonly label: string; readonly effectiveFrom: string };
  readonly subjects: number;
  readonly inBreach: number;
  readonly notices: readonly { readonly version: string; readonly step: NoticeStep; readonly subjects: number }[];
  readonly acceptances: readonly { readonly version: string; readonly subjects: number }[];
  readonly consents: readonly {
    readonly purpose: string;
    readonly status: ConsentStatus;
    readonly subjects: number;
    readonly valid: number;
  }[];
  /** The default locale of the policy's organisation. */
  readonly locale: string;
  /** The people behind the counts, at the same stamp, some at a time. */
  people(): AsyncIterable<readonly SheetPerson[]>;
}

export interface SheetStamp {
  readonly effectiveAt: string;
  readonly timeZone: string;
  readonly recordedAt: string;
  readonly position: string;
  readonly settled: boolean;
  readonly forecast: boolean;
  readonly rules: string;
}

/** One person as they stand with the policy, by a random id. */
export interface SheetPerson {
  readonly subject: string;
  readonly erased: boolean;
  readonly registeredAt: string;
  readonly categories: readonly string[];
  /** Slug of the customer that the person belongs to. */
  readonly customer: string | null;
  /** Label of the version in force for the person. */
  readonly version: string | null;
  readonly notice: NoticeStep | null;
  /** Of terms. */
  readonly accepted: boolean | null;
  readonly consents: readonly {
    readonly purpose: string;
    readonly status: ConsentStatus;
    readonly valid: boolean;
  }[];
  readonly obligations: readonly SheetObligation[];
  /** A blocking obligation is overdue. */
  readonly inBreach: boolean;
}

export interface SheetObligation {
  readonly kind: ObligationKind;
  readonly purposes: readonly string[];
  readonly deadline: string | null;
  readonly blocking: boolean;
}

export function isOverdue({ deadline, blocking }: SheetObligation, effectiveAt: string): boolean {
  return blocking && deadline !== null && deadline <= effectiveAt;
}

/** What was asked, as it came on the command line. */
export interface AuditAsked {
  readonly handle: string;
  readonly on?: string | undefined;
  readonly knownOn?: string | undefined;
  /** Slug of an organisation. */
  readonly customer?: string | undefined;
  readonly category?: string | undefined;
  /** A day to come may be asked for. */
  readonly forecast: boolean;
}
