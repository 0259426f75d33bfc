import { inLocale } from '../../domain/locale-lookup';
import type { Instant } from '../../domain/time';
import type { EvidenceGenerator, EvidenceWork } from '../evidence-generators';
import type { ExportParts } from '../file-head';
import { OrderFailed } from '../order-failed';
import { type PdfPages, pdfDocument } from '../pdf-pages';
import { statusWord } from '../subject-copy/copy-words';
import { clockOf } from '../wall-clock';
import { type AuditedPolicy, type AuditFile, auditFile } from './audit-source';
import { AUDIT_WORDS } from './audit-words';
import type { AuditedPerson } from './audited-person';

/** More people than these nobody reads on pages; the other formats have no limit. */
export const MAX_PEOPLE_IN_PDF = 5_000;
/** People who are set before others get their turn. */
const PEOPLE_A_TURN = 20;

/** Counts and people for people to read, in the organisation's language. @throws OrderFailed PDF_TOO_LARGE */
export function auditPdf(parts: ExportParts): EvidenceGenerator {
  return async function* (order, work) {
    const file = await auditFile(parts, order, work);
    if (file.total > MAX_PEOPLE_IN_PDF) throw new OrderFailed('PDF_TOO_LARGE');
    const { language, head } = file.place;
    const title = AUDIT_WORDS.title[language];
    const about = { title, author: head.organisation.name, language, createdAt: head.requestedAt };
    yield* pdfDocument(about, (pages) => setAudit(file, work, pages));
  };
}

const words = ({ place }: AuditFile, word: keyof typeof AUDIT_WORDS) => AUDIT_WORDS[word][place.language];
const clock = ({ place }: AuditFile, instant: Instant) => clockOf(instant, place.zone);

async function* setAudit(file: AuditFile, work: EvidenceWork, pages: PdfPages): AsyncGenerator<void> {
  setHead(file, pages);
  if (file.policies.length === 0) pages.paragraph(words(file, 'nothing'));
  let done = 0;
  work.rows(done, file.total);
  for (const policy of file.policies) {
    setCounts(file, policy, pages);
    if (policy.counts.subjects > 0) pages.subheading(words(file, 'people'));
    yield;
    let after: number | undefined;
    do {
      const { people, next } = await file.people(policy, after);
      for (const person of people) {
        setPerson(file, policy, person, pages);
        done += 1;
        work.rows(done, file.total);
        if (done % PEOPLE_A_TURN === 0) yield;
      }
      after = next;
    } while (after !== undefined);
    yield;
  }
}

function setHead(file: AuditFile, pages: PdfPages): void {
  const { head, zone } = file.place;
  const { organisation, asOf } = head;
  const { name, number } = organisation;
  pages.title(words(file, 'title'));
  pages.paragraph(words(file, 'intro'));
  pages.pairs([
    [words(file, 'organisation'), number === undefined ? name : `${name} (${number})`],
    [words(file, 'effectiveAt'), `${clock(file, asOf.effectiveAt)} (${zone})`],
    [words(file, 'recordedAt'), clock(file, asOf.recordedAt)],
    [words(file, 'requestedAt'), clock(file, head.requestedAt)],
    [words(file, 'rules'), asOf.rules],
    [words(file, 'position'), asOf.position],
  ]);
}

function setCounts(file: AuditFile, policy: AuditedPolicy, pages: PdfPages): void {
  const { language } = file.place;
  const { title, handle, versions, counts } = policy;
  const status = (code: string) => statusWord({ status: code }, language);
  pages.heading(`${title} (${handle})`);
  pages.pairs([
    [words(file, 'inForce'), versions.map(({ label }) => label).join(', ') || words(file, 'noneInForce')],
    [words(file, 'subjects'), String(counts.subjects)],
    [words(file, 'inBreach'), String(counts.inBreach)],
    ...counts.notices.map(
      ({ versionId, step, subjects }) =>
        [`${words(file, 'notices')}, ${file.versionLabel(versionId)}`, `${status(step)} ${subjects}`] as const,
    ),
    ...counts.acceptances.map(
      ({ versionId, subjects }) =>
        [`${words(file, 'acceptances')}, ${file.versionLabel(versionId)}`, String(subjects)] as const,
    ),
    ...counts.consents.map(
      (count) =>
        [
          `${words(file, 'consents')}, ${purposeTitle(file, policy, count.purpose)}`,
          `${status(count.status)} ${count.subjects} (${words(file, 'valid')} ${count.valid})`,
        ] as const,
    ),
  ]);
}

function setPerson(file: AuditFile, policy: AuditedPolicy, person: AuditedPerson, pages: PdfPages): void {
  const { language } = file.place;
  const { externalId, erased, notice, acceptance, consents, obligations, customer, categories } = person;
  const status = (code: string) => statusWord({ status: code }, language);
  const name = erased ? words(file, 'erased') : externalId;
  const standing = [
    notice && `${words(file, 'notice')}: ${status(notice.step)}`,
    acceptance && `${words(file, 'acceptance')}: ${status(acceptance.accepted ? 'ACCEPTED' : 'NOT_ACCEPTED')}`,
    ...consents.map((each) => `${purposeTitle(file, policy, each.purpose)}: ${status(each.status)}`),
  ];
  const todo = obligations.map(({ kind, deadline, overdue }) =>
    [status(kind), words(file, 'by'), clock(file, deadline), ...(overdue ? [`(${words(file, 'overdue')})`] : [])].join(
      ' ',
    ),
  );
  const beside = [
    [...categories, customer].filter(Boolean).join(', '),
    standing.filter(Boolean).join(' · '),
    todo.join(' · '),
  ];
  const time = `${words(file, 'registered')} ${clock(file, person.registeredAt).slice(0, 10)}`;
  pages.entry(
    time,
    [name, person.subject].filter(Boolean).join(' · '),
    beside.filter((line) => line !== ''),
  );
}

/** As a version in force has it; the bare name of a purpose that none has. */
function purposeTitle({ place: { language } }: AuditFile, { versions }: AuditedPolicy, key: string): string {
  const titles = versions.flatMap(
    ({ statement }) => statement?.purposes.find((each) => each.key === key)?.titles ?? [],
  );
  return inLocale(titles, language, language)?.text ?? key;
}
