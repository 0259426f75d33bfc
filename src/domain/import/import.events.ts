import type { DomainEvent } from '../decider';
import type { Instant } from '../time';

/** Facts of one import of old decisions, in the stream `import-<id>`. Stored type strings are never renamed or reused. */
export type ImportEvent = DecisionsImportCompleted;

/** Every row of the import is written (rule I3). Says of nobody who was in it. */
export type DecisionsImportCompleted = DomainEvent<
  'DecisionsImportCompleted',
  {
    readonly importId: string;
    readonly organisationId: string;
    readonly rows: number;
    /** Of those, such as were there before the run that completed it; absent in what older versions wrote. */
    readonly repeated?: number;
    /** Keyed hash of the rows in their order. */
    readonly digest: string;
    readonly completedAt: Instant;
  }
>;
