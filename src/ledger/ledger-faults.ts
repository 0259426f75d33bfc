import type { Position } from '../event-store/event-store';

/** What was found to be another than it was when it was proven. */
export type Divergence =
  /** An event says something else than its leaf. */
  | 'EVENT_ALTERED'
  /** A leaf's event is gone. */
  | 'EVENT_MISSING'
  /** An event stands between others that had no event between them. */
  | 'EVENT_ADDED'
  /** The log ends before what was proven of it. */
  | 'LOG_SHORTER'
  /** The kept tree does not lead from the leaves to the signed root. */
  | 'TREE_ALTERED'
  /** A checkpoint cannot be read, or its signature is wrong. */
  | 'CHECKPOINT_ALTERED'
  /** A checkpoint that the log had is gone. */
  | 'CHECKPOINT_MISSING'
  /** A signed root is not that of the log. */
  | 'ROOT_DIFFERS';

/** From the first to the last event that may be concerned, as the store counts them. */
export interface DivergencePlace {
  readonly from: Position;
  readonly to: Position;
}

/**
 * The log is not the one that was proven before (rule L3): it was rewritten, or another node signed another history.
 * This node writes nothing more; what it has is evidence.
 */
export class LedgerDiverged extends Error {
  override readonly name = 'LedgerDiverged';
  readonly code = 'LEDGER_DIVERGED';
  constructor(
    readonly divergence: Divergence,
    message: string,
    readonly place?: DivergencePlace,
  ) {
    super(`${divergence}: ${message}`);
  }
}

/** The last checkpoint is signed by nobody whose key is at hand, so the next one would break the chain of keys. */
export class LedgerKeyUnknown extends Error {
  override readonly name = 'LedgerKeyUnknown';
  readonly code = 'LEDGER_KEY_UNKNOWN';
  constructor() {
    super(
      'The key that signed the last checkpoint is not in the keys directory. Put its file back; ' +
        'where it is lost for ever, "samtykke keys rotate ledger --old-key-lost" makes one that signs without it.',
    );
  }
}
