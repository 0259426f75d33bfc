import type { DomainEvent } from '../decider';
import type { Instant } from '../time';

/** Facts about the log's clock, each in a stream `clock-<uuid>` of its own. */
export type ClockEvent = ClockFaultRecorded;

/**
 * The store's clock was wrong while these events were recorded: from this event's own position on they no longer count
 * for the running maximum of recordedAt (rule S4). Both bounds are positions of events, inclusive; bounds that no event
 * has take nothing out.
 */
export type ClockFaultRecorded = DomainEvent<
  'ClockFaultRecorded',
  { readonly from: string; readonly to: string; readonly notedAt: Instant }
>;
