import type { Party } from '../../domain/policy/processing-statement';
import type { EvidenceGenerator } from '../evidence-generators';
import type { ExportParts } from '../file-head';
import { OrderFailed } from '../order-failed';
import { type PdfPages, pdfDocument } from '../pdf-pages';
import { clockOf } from '../wall-clock';
import type { ProcessingActivity } from './processing-record';
import { type RecordFile, recordFile } from './record-source';
import { LEFT_OUT, LEGAL_BASIS_WORDS, RECORD_WORDS } from './record-words';

/** More activities than these nobody reads on pages; the other formats have no limit. */
export const MAX_ACTIVITIES_IN_PDF = 2_000;
/** Activities that are set before others get their turn. */
const ACTIVITIES_A_TURN = 10;

/** The record (GDPR Art. 30) for people to read, in the organisation's language. @throws OrderFailed PDF_TOO_LARGE */
export function recordPdf(parts: ExportParts): EvidenceGenerator {
  return async function* (order, work) {
    const file = await recordFile(parts, order, work);
    if (file.record.total > MAX_ACTIVITIES_IN_PDF) throw new OrderFailed('PDF_TOO_LARGE');
    const { language, head } = file.place;
    const title = RECORD_WORDS.title[language];
    const about = { title, author: head.organisation.name, language, createdAt: head.requestedAt };
    yield* pdfDocument(about, (pages) => setRecord(file, pages));
  };
}

const words = ({ place }: RecordFile, word: keyof typeof RECORD_WORDS) => RECORD_WORDS[word][place.language];

async function* setRecord(file: RecordFile, pages: PdfPages): AsyncGenerator<void> {
  setHead(file, pages);
  let above: string | undefined;
  let done = 0;
  for await (const activity of file.activities()) {
    const heading = headingOf(file, activity);
    if (heading !== above) pages.heading(heading);
    above = heading;
    await setActivity(file, activity, pages);
    done += 1;
    if (done % ACTIVITIES_A_TURN === 0) yield;
  }
  if (done === 0) pages.paragraph(words(file, 'none'));
  yield;
  await setLeftOut(file, pages);
  yield;
}

function setHead(file: RecordFile, pages: PdfPages): void {
  const { head, zone } = file.place;
  const { organisation, asOf } = head;
  pages.title(words(file, 'title'));
  pages.paragraph(words(file, 'intro'));
  pages.pairs([
    [words(file, 'organisation'), partyText(organisation)],
    [words(file, 'effectiveAt'), `${clockOf(asOf.effectiveAt, zone)} (${zone})`],
    [words(file, 'recordedAt'), clockOf(asOf.recordedAt, zone)],
    [words(file, 'requestedAt'), clockOf(head.requestedAt, zone)],
    [words(file, 'rules'), asOf.rules],
    [words(file, 'position'), asOf.position],
  ]);
}

const headingOf = (file: RecordFile, { role, controller }: ProcessingActivity) =>
  `${words(file, role)}: ${partyText(controller)}`;

async function setActivity(file: RecordFile, activity: ProcessingActivity, pages: PdfPages): Promise<void> {
  const { version, purpose, policy } = activity;
  const { language, zone } = file.place;
  const none = words(file, 'nobody');
  const listed = (items: readonly string[]) => (items.length === 0 ? none : items.join(', '));
  const bases = purpose.bases.map(
    ({ subjectCategory, legalBasis, legitimateInterest }) =>
      `${subjectCategory} – ${[LEGAL_BASIS_WORDS[legalBasis][language], legitimateInterest].filter(Boolean).join(': ')}`,
  );
  pages.subheading(file.purposeTitle(activity));
  pages.pairs([
    [words(file, 'statement'), `${file.titleOf(policy)}, ${version.label} (${await file.handleOf(activity)})`],
    [
      words(file, 'controller'),
      [partyText(activity.controller), activity.controller.address].filter(Boolean).join(', '),
    ],
    [words(file, 'contact'), activity.contact],
    [words(file, 'dataProtectionOfficer'), activity.dataProtectionOfficer],
    [words(file, 'bases'), listed(bases)],
    [words(file, 'dataCategories'), listed(activity.dataCategories)],
    [words(file, 'recipients'), listed(activity.recipients)],
    [words(file, 'processors'), listed(activity.processors.map(partyText))],
    [words(file, 'transfers'), listed(activity.transfers)],
    [words(file, 'retention'), activity.retention],
    [words(file, 'securityMeasures'), activity.securityMeasures],
  ]);
  pages.note(`${purpose.key} · ${clockOf(version.effectiveFrom, zone)}`);
}

async function setLeftOut(file: RecordFile, pages: PdfPages): Promise<void> {
  const { leftOut } = file.record;
  if (leftOut.length === 0) return;
  pages.heading(words(file, 'leftOut'));
  for (const each of leftOut) {
    const { policy, version, code } = each;
    const named = [file.titleOf(policy), version?.label].filter(Boolean).join(', ');
    pages.pairs([[`${named} (${await file.handleOf(each)})`, LEFT_OUT[code][file.place.language]]]);
  }
}

function partyText({ name, number }: Pick<Party, 'name'> & { readonly number?: string | undefined }): string {
  return number === undefined ? name : `${name} (${number})`;
}
