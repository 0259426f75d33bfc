import type { DomainEvent } from '../decider';
import type { Instant, LocalDate } from '../time';

/** Facts of one file that somebody had prepared, in the stream `evidence-<id>`. Stored type strings are never renamed or reused. */
export type EvidenceEvent = EvidencePrepared;

export const EVIDENCE_KINDS = ['AUDIT', 'PROCESSING_RECORD', 'BUNDLE', 'SUBJECT_COPY'] as const;
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];

export const EVIDENCE_FORMATS = ['JSON', 'CSV', 'PDF', 'ZIP'] as const;
export type EvidenceFormat = (typeof EVIDENCE_FORMATS)[number];

/**
 * Somebody had a file made of what is held: what it is of, and the stamp it answers at. The file itself is not kept for
 * long (rule E3); that it was made is.
 */
export type EvidencePrepared = DomainEvent<
  'EvidencePrepared',
  {
    readonly evidenceId: string;
    readonly organisationId: string;
    readonly kind: EvidenceKind;
    readonly format: EvidenceFormat;
    readonly policyId?: string;
    readonly subjectId?: string;
    /** Of an export of many: what the vault holds in clear was asked for, too. */
    readonly personalValues?: true;
    readonly effectiveAt: Instant;
    /** The day that was asked for, if one was. */
    readonly effectiveOn?: LocalDate;
    /** Last event of the prefix that the file is made of, as the store names it. */
    readonly position: string;
    /** Of a bundle: how many events of the proof log that prefix holds, so that the log itself says where it ends. */
    readonly events?: number;
    /** Of a bundle: the recorded instant of the stamp. */
    readonly recordedAt?: Instant;
    /**
     * Of a bundle about a person: the streams that the answer rests on and that none of the person's facts need name, those
     * of policies that may concern them and of anonymous persons linked to them; so that the log itself says which they are.
     */
    readonly streams?: readonly string[];
    /** Of a bundle: the person had been forgotten when it was asked for, so that it holds nothing to forget. */
    readonly afterErasure?: true;
    readonly requestedAt: Instant;
  }
>;
