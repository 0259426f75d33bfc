/**
 * The system's own records of who signed in and what was delivered to whom (rules R4, L2). They have a term, so they
 * stand outside the log and its proofs, in a store of their own that removing makes smaller. They hold ids and times
 * alone; no backup copies them, and one that is lost begins anew.
 */
export interface Records {
  /**
   * Keeps records, up to {@link MAX_RECORDS_AT_ONCE}. Answered once they are written; all that come in the same turn are
   * written together. A power cut may take the last ones with it: they prove nothing.
   *
   * @throws RecordInvalid and then keeps none of them
   * @throws RecordsUnavailable
   */
  record(records: readonly AccessRecord[]): Promise<void>;

  /**
   * What is kept about a person, oldest first as it was recorded, after the place `after`: part of what they are shown
   * of themselves (GDPR Art. 15).
   *
   * @param limit at most {@link MAX_RECORDS_AT_ONCE}
   */
  recordsOf(subjectId: string, after: number | undefined, limit: number): Promise<readonly KeptRecord[]>;

  /**
   * Removes an organisation's records of before an instant, in milliseconds since 1970, and answers how many those were.
   * Long work is cut into pieces, between which others get their turn.
   */
  removeBefore(organisationId: string, beforeMs: number): Promise<RemovedRecords>;

  /** Removes all records of persons, up to {@link MAX_RECORDS_AT_ONCE}, as their erasure does (rule R3). */
  removeSubjects(subjectIds: readonly string[]): Promise<RemovedRecords>;

  /** Writes what is waiting and releases the store. Afterwards every call throws {@link RecordsUnavailable}. */
  close(): Promise<void>;
}

export const RECORD_KINDS = ['LOGIN', 'DELIVERY'] as const;
/** LOGIN: a person's own token was used to begin something. DELIVERY: something was handed to a channel for them. */
export type RecordKind = (typeof RECORD_KINDS)[number];

export interface AccessRecord {
  readonly kind: RecordKind;
  readonly subjectId: string;
  /** Whose person it is, whose term therefore holds. */
  readonly organisationId: string;
  /** By which way, in capitals: APP, EMAIL, LETTER, SMS, API. */
  readonly channel: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

export interface KeptRecord extends AccessRecord {
  /** Grows from record to record. */
  readonly place: number;
}

export interface RemovedRecords {
  readonly logins: number;
  readonly deliveries: number;
}

export const MAX_RECORDS_AT_ONCE = 1_000;

/** A record or a question that no caller may pass. Names what is wrong; never repeats it. */
export class RecordInvalid extends Error {
  override readonly name = 'RecordInvalid';
  readonly code = 'RECORD_INVALID';
}

/** The records did not answer, or are closed. Trying again may help. */
export class RecordsUnavailable extends Error {
  override readonly name = 'RecordsUnavailable';
  readonly code = 'RECORDS_UNAVAILABLE';
}

/** The file is no record file of Samtykke, or one of a newer release, or damaged. It may be deleted. */
export class RecordsCorrupt extends Error {
  override readonly name = 'RecordsCorrupt';
  readonly code = 'RECORDS_CORRUPT';
}
