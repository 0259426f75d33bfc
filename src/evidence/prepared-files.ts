/**
 * Files that were prepared for somebody to take away, with what is known of each: which order it is of, how far it is,
 * whose personal values it holds. They stand outside the log, live for days (rule E3), and are no part of a backup; one
 * that is lost is made again from its order.
 *
 * Every call may throw {@link PreparedFilesUnavailable}.
 */
export interface PreparedFiles {
  /** Notes an order that is to be carried out; false: it is noted already, and nothing changed. */
  add(order: FileOrder): Promise<boolean>;

  find(id: string): Promise<PreparedFile | undefined>;

  /** Orders that are still to be carried out, the oldest first. */
  waiting(): Promise<readonly FileOrder[]>;

  /** How many orders there are of a person that were not removed; without a person how many are waiting, of anybody. */
  count(subjectId?: string): Promise<number>;

  /** How many orders of an organisation, of no person, were not removed and did not give way. */
  countOf(organisationId: string): Promise<number>;

  /**
   * Of an organisation's orders, of no person, one that is done loses its file, so that another may be made: one that
   * failed before those that are ready, of these the oldest. It is remembered as GONE until its time is over.
   * @returns false: all of them are still to be carried out
   */
  giveWay(organisationId: string): Promise<boolean>;

  /**
   * Writes the file of an order and says what it has become; its bytes are there as a whole or not at all. Undefined:
   * the order is gone, and so is what was written.
   *
   * @param from writes on behind this mark, which is the order's last
   * @throws whatever `content` throws; what was written by then is kept up to the last mark, and nothing without one
   */
  write(id: string, content: AsyncIterable<Piece>, from?: DraftMark): Promise<WrittenFile | undefined>;

  /** Where writing the file of an order may go on; undefined: from its beginning. */
  markOf(id: string): Promise<DraftMark | undefined>;

  /** The file of an order is to be written from its beginning. */
  dropMark(id: string): Promise<void>;

  /** The file of the order is whole; it may be taken until `expiresAtMs`. */
  complete(id: string, file: WrittenFile & Rows & { readonly expiresAtMs: number }): Promise<void>;

  /** There will be no file; whatever was written of it is removed. @param code why, in upper-case words */
  fail(id: string, code: string, expiresAtMs: number): Promise<void>;

  /** The bytes of a file that is ready; undefined: it is not there. */
  open(id: string): Promise<OpenedFile | undefined>;

  /** Whose orders there are. */
  people(): Promise<readonly string[]>;

  /** Removes every order of a person with its file, and answers how many those were (rule E3). */
  removePerson(subjectId: string): Promise<number>;

  /** Orders whose files hold personal values of many people. */
  ofMany(): Promise<readonly FileOrder[]>;

  /** Removes one order with its file. */
  remove(id: string): Promise<void>;

  /** Removes what has expired, and files that belong to no order; answers how many orders those were. */
  removeExpired(nowMs: number): Promise<number>;

  /** Releases the store. Afterwards every call throws {@link PreparedFilesUnavailable}. */
  close(): Promise<void>;
}

export interface FileOrder {
  /** A UUID. */
  readonly id: string;
  /** Whose personal values the file holds; undefined: of nobody in particular. */
  readonly subjectId: string | undefined;
  /** Whose officers ordered it; absent for a file of one person. */
  readonly organisationId?: string;
  /** The file holds what the vault has in clear of many people. */
  readonly personalValues?: true;
}

/** What a file is written of: bytes, and marks behind those that a later run need not write again. */
export type Piece = Uint8Array | { readonly mark: string };

/** A place in a file that is being written; everything before it has reached the disk. */
export interface DraftMark {
  readonly bytes: number;
  /** Of the bytes before it: lower-case hex. */
  readonly sha256: string;
  /** What the writer needs to go on behind it. */
  readonly state: string;
}

export interface Rows {
  readonly rowsDone: number;
  readonly rowsTotal: number;
}

export interface WrittenFile {
  /** Lower-case hex. */
  readonly sha256: string;
  readonly bytes: number;
}

export type PreparedFile = FileOrder &
  (
    | { readonly status: 'PREPARING' }
    | ({ readonly status: 'READY'; readonly expiresAtMs: number } & WrittenFile & Rows)
    | { readonly status: 'FAILED'; readonly failure: string; readonly expiresAtMs: number }
    | { readonly status: 'GONE' }
  );

export interface OpenedFile {
  /** To be read to its end or destroyed. */
  readonly content: NodeJS.ReadableStream & { destroy(): void };
}

/** The files cannot be reached, or are closed. Trying again may help. */
export class PreparedFilesUnavailable extends Error {
  override readonly name = 'PreparedFilesUnavailable';
  readonly code = 'PREPARED_FILES_UNAVAILABLE';
}

/** What is there is no file of prepared files, or one of a newer release. It may be deleted. */
export class PreparedFilesCorrupt extends Error {
  override readonly name = 'PreparedFilesCorrupt';
  readonly code = 'PREPARED_FILES_CORRUPT';
}
