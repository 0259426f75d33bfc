import type { DomainEvent } from '../decider';
import type { Instant } from '../time';

/** The first fact of every log: which log it is, and the vault that belongs to it (rules N1, N2). */
export type LogEvent = LogOpened;

export type LogOpened = DomainEvent<
  'LogOpened',
  { readonly logId: string; readonly vaultId: string; readonly openedAt: Instant }
>;
