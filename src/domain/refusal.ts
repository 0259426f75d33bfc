/**
 * A rule of the domain said no. It is an answer, not a fault: it has a code that clients may branch on, changes
 * nothing, and is never remembered (rule I1).
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  /** Which part of the input is concerned, as names from the outside in. */
  readonly path: readonly string[];
  readonly details: RefusalDetails;

  constructor(
    /** Upper-case words, e.g. POLICY_DRAFT_EMPTY; documented at the function that makes it, and never renamed. */
    readonly code: string,
    message: string,
    /** The rule that decided, by its name in the product's rules, e.g. "P4". */
    readonly rule: string,
    more: { readonly path?: readonly string[]; readonly details?: RefusalDetails } = {},
  ) {
    super(message);
    this.path = more.path ?? [];
    this.details = more.details ?? { kind: 'plain' };
  }
}

/** What a client needs beside the code to mend the input. */
export type RefusalDetails =
  | { readonly kind: 'plain' }
  | { readonly kind: 'stale-version'; readonly currentVersion: number }
  | { readonly kind: 'statement-incomplete'; readonly missing: readonly string[] }
  | {
      readonly kind: 'change-understated';
      readonly impliedReasons: readonly string[];
      readonly impliedRenewalPurposes: readonly string[];
      readonly differences: readonly {
        readonly path: string;
        readonly from: string | undefined;
        readonly to: string | undefined;
        readonly reason: string;
      }[];
    }
  /** The version that is offered instead; absent when none is. */
  | { readonly kind: 'version-not-offered'; readonly offeredVersionId?: string }
  | { readonly kind: 'rows-refused'; readonly rows: readonly RowRefused[] };

/** What is wrong with one row of many. */
export interface RowRefused {
  /** From 1. */
  readonly row: number;
  readonly code: string;
  readonly message: string;
}
