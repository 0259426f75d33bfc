import type { EvidenceGenerators } from '../evidence-generators';
import type { CopyParts } from './copy-source';
import { subjectCopyJson } from './subject-copy-json';
import { subjectCopyPdf } from './subject-copy-pdf';

/** All that is held about one person, for that person (rule R1). */
export function subjectCopies(parts: CopyParts): EvidenceGenerators {
  return { SUBJECT_COPY: { JSON: subjectCopyJson(parts), PDF: subjectCopyPdf(parts) } };
}
