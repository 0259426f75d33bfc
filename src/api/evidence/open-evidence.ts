import { sentenceOf } from '../../application/sentences/fact-sentences';
import type { KnownEvent } from '../../domain/stored-events';
import type { TimeZone } from '../../domain/time';
import type { StoredEvent } from '../../event-store/event-store';
import { type EvidenceDesk, openEvidenceDesk } from '../../evidence/evidence-desk';
import type { PreparerParts } from '../../evidence/preparer';
import { processingRecords } from '../../evidence/processing-record/processing-records';
import { subjectCopies } from '../../evidence/subject-copy/subject-copies';
import type { Records } from '../../records/records';
import { factData } from '../facts/fact-data';

interface EvidenceParts extends Omit<PreparerParts, 'generators'> {
  readonly records: Records;
}

/** The desk with every kind of file that this release prepares, facts told as the API tells them. */
export function openEvidence({ records, ...parts }: EvidenceParts): Promise<EvidenceDesk> {
  const { app, readModels } = parts;
  const teller = {
    sentence: (event: KnownEvent, zone: TimeZone) => sentenceOf(event, { zone }),
    data: (stored: StoredEvent, event: KnownEvent) => factData(app.vault, stored, event),
  };
  const generators = {
    ...subjectCopies({ app, readModels, records, teller }),
    ...processingRecords({ app, readModels }),
  };
  return openEvidenceDesk({ ...parts, generators });
}
