import type { EvidenceGenerators } from '../evidence-generators';
import type { ExportParts } from '../file-head';
import { auditCsv } from './audit-csv';
import { auditJson } from './audit-json';
import { auditPdf } from './audit-pdf';

/** A policy's people, or all of an organisation's, as they stood: counts and everybody. */
export function auditExports(parts: ExportParts): EvidenceGenerators {
  return { AUDIT: { JSON: auditJson(parts), CSV: auditCsv(parts), PDF: auditPdf(parts) } };
}
