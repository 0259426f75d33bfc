import type { EvidenceGenerators } from '../evidence-generators';
import type { ExportParts } from '../file-head';
import { recordCsv } from './record-csv';
import { recordJson } from './record-json';
import { recordPdf } from './record-pdf';

/** The record of processing activities of an organisation (GDPR Art. 30). */
export function processingRecords(parts: ExportParts): EvidenceGenerators {
  return { PROCESSING_RECORD: { JSON: recordJson(parts), CSV: recordCsv(parts), PDF: recordPdf(parts) } };
}
