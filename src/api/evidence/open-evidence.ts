import { sentenceOf } from '../../application/sentences/fact-sentences';
import type { KnownEvent } from '../../domain/stored-events';
import type { TimeZone } from '../../domain/time';
import type { StoredEvent } from '../../event-store/event-store';
import { auditExports } from '../../evidence/audit-export/audit-exports';
import type { BundleParts } from '../../evidence/bundle/bundle-source';
import { bundles } from '../../evidence/bundle/bundles';
import { type EvidenceDesk, openEvidenceDesk } from '../../evidence/evidence-desk';
import type { PreparerParts } from '../../evidence/preparer';
import { processingRecords } from '../../evidence/processing-record/processing-records';
import { subjectCopies } from '../../evidence/subject-copy/subject-copies';
import type { Records } from '../../records/records';
import { factData } from '../facts/fact-data';

interface EvidenceParts extends Omit<PreparerParts, 'generators'> {
  readonly records: Records;
  /** Absent: no bundles are made. */
  readonly ledger?: BundleParts['ledger'];
  /** The log's keys that are at hand. */
  readonly signers?: BundleParts['signers'];
}

/** The desk with every kind of file that this release prepares, facts told as the API tells them. */
export function openEvidence({ records, ledger, signers = () => [], ...parts }: EvidenceParts): Promise<EvidenceDesk> {
  const { app, readModels } = parts;
  const teller = {
    sentence: (event: KnownEvent, zone: TimeZone) => sentenceOf(event, { zone }),
    data: (stored: StoredEvent, event: KnownEvent) => factData(app.vault, stored, event),
  };
  const generators = {
    ...subjectCopies({ app, readModels, records, teller }),
    ...processingRecords({ app, readModels }),
    ...auditExports({ app, readModels }),
    ...(ledger && bundles({ app, readModels, ledger, signers })),
  };
  return openEvidenceDesk({ ...parts, generators });
}
