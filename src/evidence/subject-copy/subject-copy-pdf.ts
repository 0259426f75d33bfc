import type { Instant } from '../../domain/time';
import { instantAt } from '../../domain/time';
import type { EvidenceGenerator, EvidenceWork } from '../evidence-generators';
import { type PdfPages, pdfDocument, setLines } from '../pdf-pages';
import { clockOf } from '../wall-clock';
import { type CopyOf, type CopyParts, copyOf } from './copy-source';
import { COPY_WORDS, statusWord } from './copy-words';
import { countFacts, type HeldFact, heldFacts } from './held-facts';
import { heldRecords } from './held-records';
import { type HeldState, heldStates } from './held-states';
import { type NamedTexts, namedTexts } from './held-texts';

/** Facts that are set before others get their turn. */
const FACTS_A_TURN = 20;

/**
 * The same as the JSON copy for people to read (rule R1, GDPR Art. 12(1)), in the language that the person was last told
 * in: who, what was agreed to, when, by which text, and those texts in full. Receipts are left to the JSON copy.
 */
export function subjectCopyPdf(parts: CopyParts): EvidenceGenerator {
  return async function* (order, work) {
    const copy = await copyOf(parts, order, work);
    const { language, organisation } = copy;
    const about = {
      title: COPY_WORDS.title[language],
      author: organisation.name,
      language,
      createdAt: order.requestedAt,
    };
    yield* pdfDocument(about, (pages) => setCopy(parts, copy, work, pages));
  };
}

async function* setCopy(parts: CopyParts, copy: CopyOf, work: EvidenceWork, pages: PdfPages): AsyncGenerator<void> {
  setHead(parts, copy, pages);
  yield* setStates(copy, heldStates(parts, copy), pages);
  const texts = namedTexts(parts, copy);
  yield* setFacts(parts, copy, work, texts, pages);
  yield* setRecords(parts, copy, pages);
  yield* setTexts(copy, texts, pages);
}

const words = ({ language }: CopyOf, word: keyof typeof COPY_WORDS) => COPY_WORDS[word][language];

function setHead({ readModels }: CopyParts, copy: CopyOf, pages: PdfPages): void {
  const { order, organisation, row, person, externalId, ids, zone, prefix } = copy;
  const { categories, customerId } = person.profileAt(order.effectiveAt);
  const customer = customerId === undefined ? undefined : readModels.organisationById(customerId, prefix)?.name;
  const number = organisation.number ?? organisation.foreignId;
  pages.title(words(copy, 'title'));
  pages.paragraph(`${words(copy, 'intro')} ${zone}.`);
  pages.pairs([
    [words(copy, 'organisation'), number === undefined ? organisation.name : `${organisation.name} (${number})`],
    [words(copy, 'externalId'), externalId],
    [words(copy, 'id'), row.id],
    [words(copy, 'alsoKnownAs'), ids.slice(1).join(', ')],
    [words(copy, 'registered'), clock(row.registeredAt, copy)],
    [words(copy, 'categories'), categories.join(', ')],
    [words(copy, 'customer'), customer],
    [words(copy, 'effectiveAt'), clock(order.effectiveAt, copy)],
    [words(copy, 'requestedAt'), clock(order.requestedAt, copy)],
  ]);
}

async function* setStates(copy: CopyOf, states: readonly HeldState[], pages: PdfPages): AsyncGenerator<void> {
  pages.heading(words(copy, 'states'));
  if (states.length === 0) pages.paragraph(words(copy, 'noStates'));
  let title: string | undefined;
  for (const state of states.toSorted((a, b) => (a.policyId < b.policyId ? -1 : a.policyId > b.policyId ? 1 : 0))) {
    if (state.policyTitle !== title) pages.subheading(state.policyTitle);
    title = state.policyTitle;
    const times = [
      state.at && `${words(copy, 'since')} ${clock(state.at, copy)}`,
      state.until && `${words(copy, 'until')} ${clock(state.until, copy)}`,
    ].filter(Boolean);
    pages.pairs([[state.title, [statusWord(state, copy.language), ...times].join(', ')]]);
    pages.note(state.reason[copy.language]);
    yield;
  }
}

async function* setFacts(
  parts: CopyParts,
  copy: CopyOf,
  work: EvidenceWork,
  texts: NamedTexts,
  pages: PdfPages,
): AsyncGenerator<void> {
  pages.heading(words(copy, 'facts'));
  const total = await countFacts(parts, copy);
  let done = 0;
  work.rows(0, total);
  for await (const fact of heldFacts(parts, copy)) {
    texts.note(fact);
    pages.entry(clock(fact.occurredAt, copy), fact.sentence[copy.language], besideFact(copy, fact, texts));
    done += 1;
    work.rows(done, total);
    if (done % FACTS_A_TURN === 0) yield;
  }
}

/** Which text, why, and when it was told where that was another day. */
function besideFact(
  copy: CopyOf,
  { event, data, occurredAt, recordedAt }: HeldFact,
  texts: NamedTexts,
): readonly string[] {
  const name = texts.nameOf(event);
  const hash = 'contentSha256' in event.data ? event.data.contentSha256 : undefined;
  const text = name && [name.title, name.label, hash && `sha256 ${hash}`].filter(Boolean).join(' · ');
  const { reason }: { readonly reason?: unknown } = JSON.parse(data);
  const late = clock(recordedAt, copy).slice(0, 10) !== clock(occurredAt, copy).slice(0, 10);
  return [
    text,
    typeof reason === 'string' ? `${words(copy, 'reason')}: ${reason}` : undefined,
    late ? `${words(copy, 'recorded')} ${clock(recordedAt, copy)}` : undefined,
  ].filter((line): line is string => line !== undefined);
}

async function* setRecords(parts: CopyParts, copy: CopyOf, pages: PdfPages): AsyncGenerator<void> {
  pages.heading(words(copy, 'records'));
  let none = true;
  for await (const { kind, channel, atMs } of heldRecords(parts, copy)) {
    none = false;
    pages.entry(clock(instantAt(atMs), copy), `${words(copy, kind)} (${channel})`);
    yield;
  }
  if (none) pages.paragraph(words(copy, 'noRecords'));
}

async function* setTexts(copy: CopyOf, texts: NamedTexts, pages: PdfPages): AsyncGenerator<void> {
  let first = true;
  for await (const { title, label, content, text } of texts.all()) {
    pages.newPage();
    if (first) pages.title(words(copy, 'texts'));
    first = false;
    pages.heading(`${title} – ${label} (${content.locale})`);
    pages.note(`sha256 ${content.sha256}`);
    pages.paragraph('');
    for await (const _ of setLines(pages, text)) {
      copy.signal.throwIfAborted();
      yield;
    }
  }
}

/** In the organisation's zone. */
const clock = (instant: Instant, { zone }: CopyOf) => clockOf(instant, zone);
