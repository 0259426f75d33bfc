import type { DomainEvent } from '../decider';
import type { Instant, LocalDate } from '../time';

/**
 * Somebody had the log folded into a file of its own, up to a place in it, and took away what it says of this
 * organisation. In a stream `evidence-<id>` of its own. Stored type strings are never renamed or reused.
 */
export type LogReplayed = DomainEvent<
  'LogReplayed',
  {
    readonly replayId: string;
    readonly organisationId: string;
    /** True: what the vault holds in clear is in the file, too. */
    readonly personalValues: boolean;
    readonly effectiveAt: Instant;
    /** The day that was asked for, if one was. */
    readonly effectiveOn?: LocalDate;
    /** The last event that was folded, as the store names it. */
    readonly position: string;
    readonly replayedAt: Instant;
  }
>;
