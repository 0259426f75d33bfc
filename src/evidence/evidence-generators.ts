import type { Evidence } from '../application/evidence';
import type { EvidenceFormat, EvidenceKind } from '../domain/evidence/evidence.events';
import type { Prefix } from '../read-models/read-models';

/** Makes the bytes of one kind of file in one format. The same order on the same log gives the same bytes. */
export type EvidenceGenerator = (order: Evidence, work: EvidenceWork) => AsyncIterable<Uint8Array>;

/** What a generator works with. It looks at `signal` between rows and throws its reason when it is aborted. */
export interface EvidenceWork {
  /** The prefix that every answer in the file is computed on (rule S1). */
  readonly prefix: Prefix;
  readonly signal: AbortSignal;
  /** Says how far it is: rows written, and how many there will be. */
  readonly rows: (done: number, total: number) => void;
  /**
   * Says that all that was yielded by now is final. Were the work broken off, it may be begun again with this state as
   * `resumed`, and then goes on behind it. Absent: it is never gone on with.
   */
  readonly mark?: (state: string) => void;
  /** The state of the mark to go on behind; absent: from the beginning. */
  readonly resumed?: string;
}

/** What was marked cannot be gone on with, by another release say: the file is begun anew. */
export class MarkOutdated extends Error {
  override readonly name = 'MarkOutdated';
}

/** What can be prepared: a new kind or format is an entry here. */
export type EvidenceGenerators = {
  readonly [kind in EvidenceKind]?: { readonly [format in EvidenceFormat]?: EvidenceGenerator };
};

export interface EvidenceMedia {
  readonly type: string;
  readonly extension: string;
}

export const EVIDENCE_MEDIA: { readonly [format in EvidenceFormat]: EvidenceMedia } = {
  JSON: { type: 'application/json; charset=utf-8', extension: 'json' },
  CSV: { type: 'text/csv; charset=utf-8', extension: 'csv' },
  PDF: { type: 'application/pdf', extension: 'pdf' },
  ZIP: { type: 'application/zip', extension: 'zip' },
};
