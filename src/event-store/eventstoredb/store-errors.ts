/**
 * Errors of this adapter beyond those of the port. None of them goes away by trying again: each says what an
 * operator has to put right.
 */

/** The user of the connection string lacks a right. docs/eventstoredb.md says which rights the application needs. */
export class StoreAccessDenied extends Error {
  readonly code = 'STORE_ACCESS_DENIED';
  override readonly name = 'StoreAccessDenied';
}

/** A position that is no place in this log: the log was restored from an older copy, or the position is another log's. */
export class PositionNotInLog extends Error {
  readonly code = 'POSITION_NOT_IN_LOG';
  override readonly name = 'PositionNotInLog';
  constructor(readonly position: string) {
    super(`Position ${position} is no place in this log. Was the log restored from an older copy, or replaced?`);
  }
}

/** Somebody deleted the stream at the database. Its events are lost to us, and a tombstoned name stays unusable. */
export class StreamRemoved extends Error {
  readonly code = 'STREAM_REMOVED';
  override readonly name = 'StreamRemoved';
  constructor(readonly stream: string) {
    super(`Stream ${stream} has been deleted at the database.`);
  }
}

/** Metadata at the database lets events of proof expire or hides them (rule R4). */
export class ProofMayExpire extends Error {
  readonly code = 'PROOF_MAY_EXPIRE';
  override readonly name = 'ProofMayExpire';
  constructor(readonly streams: readonly string[]) {
    super(
      `$maxAge, $maxCount or $tb is set on ${streams.slice(0, NAMED_STREAMS).join(', ')}` +
        `${streams.length > NAMED_STREAMS ? ` and ${streams.length - NAMED_STREAMS} more` : ''}: events kept as proof ` +
        'would disappear. Take it off and set the default ACL (docs/eventstoredb.md).',
    );
  }
}

const NAMED_STREAMS = 3;
