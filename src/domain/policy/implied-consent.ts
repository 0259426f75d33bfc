import { CONSENT_PHRASES, type ConsentKind, USE_PHRASES, type UseKind, WHOLE_PHRASES } from './implied-consent.phrases';
import { type Block, blocksOf, type Sentence, sentencesOf } from './sentences';

/** A clause by which a text claims that who uses the service consents. */
export interface ImpliedConsentClause {
  /** The sentence as it stands in the text, at most {@link MAX_PASSAGE_LENGTH} characters of it. */
  readonly passage: string;
}

export const MAX_PASSAGE_LENGTH = 500;
/** More clauses than this are not listed. */
export const MAX_IMPLIED_CONSENT_CLAUSES = 100;

/**
 * Finds the clauses that claim consent, or agreement, by mere use: "Når du bruker tjenesten, samtykker du …",
 * "Ved å bruke …", "by using / continuing to use … you agree", "continued use constitutes acceptance"; in bokmål,
 * nynorsk and English. Such a clause gives no consent (rule C1; GDPR Art. 4(11) and 7; EDPB Guidelines 05/2020 §§79, 84-86):
 * it is flagged, never refused. A sentence that mentions consent, asks for it or tells of its withdrawal is not found.
 *
 * Each sentence once, in the text's order. Reads any string, in time that grows with its length alone.
 */
export function findImpliedConsentClauses(text: string): ImpliedConsentClause[] {
  const passages = new Set<string>();
  const leading = createLeadIn();
  for (const block of blocksOf(text)) {
    if (passages.size >= MAX_IMPLIED_CONSENT_CLAUSES) break;
    if (!mentionsAgreement(block.text)) {
      leading.pass(block);
      continue;
    }
    for (const sentence of sentencesOf(block)) {
      if (passages.size >= MAX_IMPLIED_CONSENT_CLAUSES) break;
      const mentions = mentionsAgreement(sentence.text);
      const claim = mentions ? claimIn(wordsOf(sentence)) : undefined;
      const leadIn = mentions && block.listed ? leading.sentence() : undefined;
      if (claim !== undefined) passages.add(passageOf(sentence, claim));
      else if (leadIn !== undefined && claimIn(wordsOf(leadIn, sentence)) !== undefined) {
        passages.add(listedPassage(text, leadIn, sentence));
      }
      leading.follow(sentence, block, claim !== undefined);
    }
  }
  return [...passages].map((passage) => ({ passage }));
}

/** Without one of these nothing is claimed. */
const AGREEMENT = /samty|godt[ae]|godkje|aksept|enig|einig|innforst|samd|consent|agree|accept|assent/iu;

/** Of a text that is long this is far cheaper to know than what it claims. */
export function mentionsAgreement(text: string): boolean {
  return AGREEMENT.test(text.includes('\u00ad') ? text.replaceAll('\u00ad', '') : text);
}

/**
 * The sentence that leads into a list: the last one before it that ends in a colon. Most blocks are never looked at
 * for it, since nothing that comes after them asks.
 */
function createLeadIn() {
  let known: Sentence | undefined;
  let passed: Block[] = [];
  function follow(sentence: Sentence, { listed }: Block, isClaim: boolean): void {
    if (sentence.text.endsWith(':')) known = isClaim ? undefined : sentence;
    else if (!listed) known = undefined;
  }
  function catchUp(): void {
    const blocks = passed;
    passed = [];
    for (const block of blocks) for (const sentence of sentencesOf(block)) follow(sentence, block, false);
  }
  return {
    /** Of a block that claims nothing. Where it is no item of a list, nothing from before it leads on. */
    pass: (block: Block): void => {
      if (block.text.trim() === '') return;
      if (!block.listed) passed = [];
      passed.push(block);
    },
    follow: (sentence: Sentence, block: Block, isClaim: boolean): void => {
      catchUp();
      follow(sentence, block, isClaim);
    },
    sentence: (): Sentence | undefined => {
      catchUp();
      return known;
    },
  };
}

/** A stretch of a line of words. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** The words of one or more sentences as the phrases want them. */
function wordsOf(...sentences: readonly Sentence[]): string {
  const words = sentences.flatMap((sentence) => sentence.words().map(({ word }) => word));
  return ` ${words.join(' ')} `;
}

/** Where the line claims consent by use. */
function claimIn(line: string): Span | undefined {
  if (line.endsWith(' ? ')) return undefined;
  for (const pattern of WHOLE_PHRASES) {
    const whole = spansOf(pattern, line).find((span) => !NEGATION.test(wordBefore(line, span)));
    if (whole !== undefined) return whole;
  }
  const uses = USE_PHRASES.flatMap(({ kind, pattern }) => spansOf(pattern, line).map((span) => ({ kind, ...span })))
    .filter((use) => !NEGATION.test(wordBefore(line, use)))
    .sort((a, b) => a.from - b.from);
  if (uses.length === 0) return undefined;
  for (const { kind, pattern } of CONSENT_PHRASES) {
    for (const consent of spansOf(pattern, line)) {
      const before = uses.findLast((use) => use.to <= consent.from);
      if (before !== undefined && followsUse(line, kind, before, consent)) return { from: before.from, to: consent.to };
      const after = uses.find((use) => use.from >= consent.to);
      if (after !== undefined && precedesUse(line, kind, consent, after)) return { from: consent.from, to: after.to };
    }
  }
  return undefined;
}

const NEGATION = /^(?:not|never|ikke|ikkje|aldri)$/u;
const SUBORDINATING =
  /^(?:if|when|where|whenever|wherever|once|unless|until|before|after|that|which|what|how|who|whom|whether|as|because|provided|than|should|do|did|can|may|at|som|hvis|dersom|når|om|viss|inntil|til|fordi|før|etter|med|mindre|hva|kva|hvilke|kven|hvem)$/u;
const COORDINATING = /^(?:and|or|og|eller|samt)$/u;
const MARK = /^[\p{P}\p{S}]+$/u;
/** Another subject between: what follows is said of something else ("we set the cookies you accept"). */
const OTHER_SUBJECT = / (?:we|they|it|which|that|who|vi|dei|som|den|det) /u;
const OWN_SUBJECT = /[,;:] (?:\S+ ){0,3}?(?:you|du|de|users?|brukeren|brukaren) /u;

/** "By using the service, you consent": use first. */
function followsUse(line: string, kind: ConsentKind, use: Span & { kind: UseKind }, consent: Span): boolean {
  if (kind === 'STATEMENT') return true;
  const before = wordBefore(line, consent);
  if (SUBORDINATING.test(before) || NEGATION.test(before)) return false;
  const between = line.slice(use.to, consent.from + 1);
  if (COORDINATING.test(before)) return use.kind === 'MEANS' || OWN_SUBJECT.test(between);
  if (MARK.test(before) || /^(?:then|så)$/u.test(before)) return true;
  return kind === 'CLAUSE' && !OTHER_SUBJECT.test(between);
}

/** "You consent to it by using the service": use last. What one must do while using it is another matter. */
function precedesUse(line: string, kind: ConsentKind, consent: Span, use: Span): boolean {
  if (kind === 'STATEMENT') return false;
  const before = wordBefore(line, consent);
  if (before !== '' && !MARK.test(before) && !COORDINATING.test(before)) return false;
  if (!SERVICE_AHEAD.test(line.slice(use.to))) return false;
  const rest = line.slice(consent.to);
  if (/(?:agree|agrees|agreeing|agreed)$/u.test(line.slice(consent.from, consent.to)))
    return AGREED_WITH_TEXT.test(rest);
  return (
    !/^ (?:to|å) (?!(?:the|our|this|these|its|be bound)\b)/u.test(rest) ||
    /consent|samtyk/u.test(line.slice(consent.from, consent.to))
  );
}

const SERVICE_AHEAD =
  /^ (?:the|our|this|these|any|it|them|such|tjenesten|tenesta|tjenestene|tenestene|nettstedet|nettstaden|nettsiden|nettsida|nettsidene|siden|sida|sidene|appen|løsningen|løysinga|portalen|vår|vårt|våre|denne|dette|disse|desse|den|det|de|dei) /u;
const AGREED_WITH_TEXT = /^ (?:to (?:the|these|this|our|be bound|its|all|any|such)|with (?:the|these|this|our|its)) /u;

function wordBefore(line: string, span: Span): string {
  return line.slice(line.lastIndexOf(' ', span.from - 2) + 1, Math.max(0, span.from - 1));
}

/** By the pattern itself: `matchAll` makes another of it for each of thousands of lines. No pattern matches nothing. */
function spansOf(pattern: RegExp, line: string): Span[] {
  const spans: Span[] = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(line); match !== null; match = pattern.exec(line)) {
    spans.push({ from: match.index, to: pattern.lastIndex });
  }
  return spans;
}

/** Of a sentence too long, the part with the claim. */
function passageOf(sentence: Sentence, claim: Span): string {
  const { text } = sentence;
  if (text.length <= MAX_PASSAGE_LENGTH) return text;
  const line = wordsOf(sentence);
  const words = sentence.words();
  const placeOf = (at: number): number => line.slice(0, at).split(' ').length - 2;
  const last = words[placeOf(claim.to)]?.to ?? text.length;
  const start = last <= MAX_PASSAGE_LENGTH ? 0 : (words[placeOf(claim.from)]?.from ?? 0);
  const fitting = words.filter((word) => word.from >= start && word.to <= start + MAX_PASSAGE_LENGTH);
  return text.slice(start, fitting.at(-1)?.to ?? start + MAX_PASSAGE_LENGTH);
}

/** "By using the service: – you consent to …": from the lead-in to the item, or the item where that is too long. */
function listedPassage(text: string, leadIn: Sentence, item: Sentence): string {
  const whole = text.slice(leadIn.at, item.at + item.text.length);
  return whole.length <= MAX_PASSAGE_LENGTH ? whole : item.text.slice(0, MAX_PASSAGE_LENGTH);
}
