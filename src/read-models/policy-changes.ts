import type { Instant } from '../domain/time';

/** What `policyChanges` pushes: log items when they are read, IN_FORCE also when the clock reaches its instant. */
export type PolicyChangeKind = 'ANNOUNCED' | 'IN_FORCE' | 'WITHDRAWN' | 'RETIRED';

/**
 * A place in log and clock: every event up to `n`, and every clock item up to `t` of versions known at `n`, has been
 * delivered (rule O4). `partial` says that of the step that led here only some items have been.
 */
export interface PolicyChangeCursor {
  readonly n: number;
  readonly t: Instant;
  readonly partial?: PartialStep;
}

/** Of event `n` so many items, or of the instant `t` the items of policies up to this one. */
export type PartialStep =
  | { readonly of: 'event'; readonly delivered: number }
  | { readonly of: 'instant'; readonly policy: string };

export interface PolicyChange {
  /** Deterministic: kind, version (or retirement) and instant. Clients deduplicate by it. */
  readonly id: string;
  readonly kind: PolicyChangeKind;
  readonly organisation: string;
  readonly policy: string;
  /** Undefined for RETIRED. */
  readonly versionId: string | undefined;
  /** ANNOUNCED: when it was published; the others: from when it holds. */
  readonly at: Instant;
  /** Where to go on after this item. */
  readonly cursor: PolicyChangeCursor;
}

export interface PolicyChangesRange {
  readonly after: PolicyChangeCursor;
  /** Ordinal of the applied head. */
  readonly untilN: number;
  /** The node's clock. Before `after.t` nothing is delivered: the node waits (rule O4). */
  readonly untilT: Instant;
  readonly organisation?: string;
  readonly policy?: string;
  readonly limit: number;
}

export interface PolicyChangesPage {
  readonly items: readonly PolicyChange[];
  /** Where to go on; also moves on when nothing was delivered. */
  readonly next: PolicyChangeCursor;
  /** True when `limit` cut the answer short: ask again at once. */
  readonly hasMore: boolean;
}
