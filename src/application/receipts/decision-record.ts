import type { PolicyKind } from '../../domain/policy/policy.events';
import type { ProcessingStatement, Purpose } from '../../domain/policy/processing-statement';
import type { Channel, DecisionMaker, Method } from '../../domain/subject/subject.events';
import type { Instant } from '../../domain/time';

/** Facts that a person has a receipt for. */
export const RECEIPT_TYPES = [
  'ConsentGiven',
  'ConsentRefused',
  'ConsentWithdrawn',
  'TermsAccepted',
  'TermsRefused',
] as const;
export type ReceiptType = (typeof RECEIPT_TYPES)[number];

/**
 * What a receipt tells of one decision. All of it follows from the log up to the decision, so that the same decision
 * has the same receipt for ever: later versions, corrections and new names change none of it.
 */
export interface DecisionRecord {
  /** A UUID: the id of the decision's event. */
  readonly id: string;
  readonly subjectId: string;
  readonly type: ReceiptType;
  readonly act: Act;
  /** Of a withdrawal: the yes that it took back, if there was one. */
  readonly takenBack: Act | undefined;
  /** When the decision was recorded. */
  readonly notedAt: Instant;
  readonly purposes: readonly DecidedPurpose[];
  readonly policy: { readonly id: string; readonly kind: PolicyKind; readonly title: string };
  /** Of a withdrawal: that of the yes, else the version in force. Undefined: there is none. */
  readonly notice: ShownNotice | undefined;
  /** Where the text of the decision's day is shown, as a reference relative to the installation's own address. */
  readonly policyUrl: string;
  readonly controller: ReceiptParty;
  /** Set where the controller is a customer: who processes for it. */
  readonly processor: ReceiptParty | undefined;
  readonly statement: ProcessingStatement | undefined;
  /** Of the text that was in front of the person. */
  readonly locale: string;
}

/** What the person did, when and how. */
export interface Act {
  readonly at: Instant;
  readonly method: Method | undefined;
  readonly channel: Channel | undefined;
  readonly decidedBy: DecisionMaker;
}

export interface DecidedPurpose {
  readonly key: string;
  readonly expiresAt: Instant | undefined;
  /** As the version told it; undefined where it tells nothing of that purpose. */
  readonly purpose: Purpose | undefined;
}

export interface ShownNotice {
  readonly versionId: string;
  readonly sequence: number;
  readonly label: string;
  readonly effectiveFrom: Instant;
  readonly locale: string;
  readonly sha256: string;
}

export interface ReceiptParty {
  /** Of the organisation, or one that follows from its name in the statement. */
  readonly id: string;
  readonly name: string;
  /** Norwegian organisation number, or an identifier of another country. */
  readonly number: string | undefined;
  readonly address: string | undefined;
  readonly contact: string;
  /** ISO 3166-1 where the number tells it. */
  readonly country: 'NO' | undefined;
}
