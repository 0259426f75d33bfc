import type { LocalDate } from '../../domain/time';
import { type Language, languageFor } from '../languages';
import { escapeHtml } from './escape-html';
import { pageDocument } from './page-document';
import { dateInWords, PAGE_WORDS, type PageWords } from './page-words';
import type { ListedVersion, NoText, PageFrame, PageText } from './policy-page';
import type { ContentsEntry, TextWithContents } from './table-of-contents';

/** Headings below it are too fine for a table of contents. */
const DEEPEST_LISTED = 2;
/** A shorter text needs no table of contents. */
const MIN_LISTED = 4;
/** A longer list of versions scrolls within the page. */
const MOST_IN_SIGHT = 10;
const MAX_SUMMARY_LENGTH = 155;

/** A text as a page for people, with what stands around it. */
export function policyPageHtml(frame: PageFrame, text: PageText, { html, entries, title }: TextWithContents): string {
  const language = languageFor(text.content.locale, frame.defaultLocale);
  const words = PAGE_WORDS[language];
  const listed = entries.filter(({ level }) => level <= DEEPEST_LISTED);
  const contents = listed.length >= MIN_LISTED ? listed : [];
  return pageDocument({
    language: text.content.locale,
    title: `${frame.title} – ${frame.organisationName}`,
    head: headOf(frame, text),
    body: `<a class="skip" href="#text">${words.skipToText}</a>
<div class="frame">
${letterhead(frame, text, words, language, title)}
${tableOfContents('details', contents, words)}
<div class="columns${contents.length > 0 ? ' with-contents' : ''}">
${tableOfContents('nav', contents, words)}
<main id="text">
${notices(frame, text, words, language)}${title !== undefined ? '' : `<h1><bdi>${escapeHtml(frame.title)}</bdi></h1>\n`}<div class="text">
${html}
</div>
</main>
</div>
${about(frame, text, words, language)}
</div>`,
  });
}

/** The page of a policy that had no text in force on the day asked for. */
export function noTextHtml(frame: PageFrame, why: NoText): string {
  const language = languageFor(frame.defaultLocale, 'en');
  const words = PAGE_WORDS[language];
  const day = frame.on === undefined ? undefined : dateInWords(frame.on, language);
  return pageDocument({
    language,
    title: `${frame.title} – ${frame.organisationName}`,
    head: '<meta name="robots" content="noindex">\n',
    body: `<div class="frame">
${letterhead(frame, undefined, words, language)}
<main>
<h1><bdi>${escapeHtml(frame.title)}</bdi></h1>
<div class="notice" role="note"><p>${escapeHtml(words.noText[why](day))}${day === undefined ? '' : ` ${todayLink(frame, words)}`}</p></div>
</main>
${about(frame, undefined, words, language)}
</div>`,
  });
}

/** A page without a document: not found, not readable, or our fault. */
export function plainPageHtml(language: Language, heading: string, more: string): string {
  return pageDocument({
    language,
    title: heading,
    head: '<meta name="robots" content="noindex">\n',
    body: `<div class="frame"><main><h1>${escapeHtml(heading)}</h1><p>${escapeHtml(more)}</p></main></div>`,
  });
}

function headOf(frame: PageFrame, text: PageText): string {
  const summary = text.text.replace(/\s+/g, ' ').trim().slice(0, MAX_SUMMARY_LENGTH);
  const alternates = text.locales
    .filter(() => text.locales.length > 1)
    .map(
      (locale) => `<link rel="alternate" hreflang="${escapeHtml(locale)}" href="${addressOf(frame, { locale })}">\n`,
    );
  const robots = frame.on === undefined && !text.isRetired ? '' : '<meta name="robots" content="noindex">\n';
  return `<meta name="description" content="${escapeHtml(summary)}">
<link rel="canonical" href="${addressOf(frame, {})}">
${robots}${alternates.join('')}`;
}

function addressOf(frame: PageFrame, asked: { readonly on?: string; readonly locale?: string }, suffix = ''): string {
  const query = new URLSearchParams(Object.entries(asked)).toString();
  return escapeHtml(`/p/${frame.handle}${suffix}${query === '' ? '' : `?${query}`}`);
}

/** @param title the title that the text itself begins with, as safe HTML */
function letterhead(
  frame: PageFrame,
  text: PageText | undefined,
  words: PageWords,
  language: Language,
  title: string | undefined = undefined,
): string {
  const own = title === undefined || sameWords(title, escapeHtml(frame.title)) ? '' : escapeHtml(frame.title);
  return `<header class="letterhead">
<p class="owner"><bdi>${escapeHtml(frame.organisationName)}</bdi>${own === '' ? '' : ` <span>${own}</span>`}</p>
${text === undefined ? '' : versionFacts(frame, text, words, language)}
</header>`;
}

function versionFacts(frame: PageFrame, text: PageText, words: PageWords, language: Language): string {
  const since = escapeHtml(words.effectiveFrom(dateInWords(text.day, language)));
  return `<p class="facts"><b>${versionName(text.label, text.day, words)}</b> <span>${since}</span>${otherLocales(
    frame,
    text,
    words,
  )}</p>`;
}

/**
 * A bare number says nothing by itself, and a label that is only the date is said already; any other label is the
 * publisher's own words.
 */
function versionName(label: string, day: LocalDate, words: PageWords): string {
  if (label === day) return '';
  return `<bdi>${escapeHtml(/^[\d.]+$/.test(label) ? words.version(label) : label)}</bdi>`;
}

function otherLocales(frame: PageFrame, text: PageText, words: PageWords): string {
  if (text.locales.length < 2) return '';
  const links = text.locales.map((locale) => {
    const name = escapeHtml(localeName(locale));
    if (locale === text.content.locale) return `<span aria-current="true">${name}</span>`;
    const asked = frame.on === undefined ? { locale } : { on: frame.on, locale };
    return `<a hreflang="${escapeHtml(locale)}" lang="${escapeHtml(locale)}" href="${addressOf(frame, asked)}">${name}</a>`;
  });
  return ` <span aria-label="${words.languages}">${links.join(' · ')}</span>`;
}

/** The language's name in itself. */
function localeName(locale: string): string {
  try {
    return new Intl.DisplayNames([locale], { type: 'language' }).of(locale) ?? locale;
  } catch {
    return locale;
  }
}

function notices(frame: PageFrame, text: PageText, words: PageWords, language: Language): string {
  const lines: string[] = [];
  const coming = frame.versions.findLast(({ status }) => status === 'SCHEDULED');
  if (text.isRetired) lines.push(escapeHtml(words.retired));
  if (frame.on !== undefined) {
    const day = dateInWords(frame.on, language);
    lines.push(
      `${escapeHtml(frame.isForecast ? words.forecast(day) : words.shownAsOn(day))} ${todayLink(frame, words)}`,
    );
  } else if (coming?.isShownOnItsDay) {
    const link = `<a href="${addressOf(frame, { on: coming.day })}">${words.readScheduled}</a>`;
    lines.push(`${escapeHtml(words.scheduled(dateInWords(coming.day, language)))} ${link}.`);
  }
  if (lines.length === 0) return '';
  return `<div class="notice" role="note">${lines.map((line) => `<p>${line}</p>`).join('')}</div>\n`;
}

function todayLink(frame: PageFrame, words: PageWords): string {
  return `<a href="${addressOf(frame, {})}">${words.readToday}</a>.`;
}

function tableOfContents(element: 'nav' | 'details', entries: readonly ContentsEntry[], words: PageWords): string {
  if (entries.length === 0) return '';
  const items = entries.map(
    ({ anchor, heading, level }) => `<li${level > 1 ? ' class="deeper"' : ''}><a href="#${anchor}">${heading}</a></li>`,
  );
  const list = `<ol>${items.join('\n')}</ol>`;
  return element === 'nav'
    ? `<nav class="contents wide" aria-label="${words.contents}"><h2>${words.contents}</h2>${list}</nav>`
    : `<details class="contents narrow"><summary>${words.contents}</summary>${list}</details>`;
}

function about(frame: PageFrame, text: PageText | undefined, words: PageWords, language: Language): string {
  return `<footer class="about">
${text?.changeSummary === undefined ? '' : `<section><h2>${words.whatChanged}</h2><p>${escapeHtml(text.changeSummary)}</p></section>`}
${versionList(frame, text, words, language)}
<section>
<form method="get" action="/p/${escapeHtml(frame.handle)}"><label for="on">${words.readOnDay}</label>
<input type="date" id="on" name="on" required value="${frame.on ?? ''}"> <button>${words.show}</button></form>
<p>${escapeHtml(words.daysIn(frame.timeZone))}</p>
${text === undefined ? '' : exactText(frame, text, words)}
</section>
</footer>`;
}

function versionList(frame: PageFrame, text: PageText | undefined, words: PageWords, language: Language): string {
  const items = frame.versions.map((version) => versionItem(frame, version, text?.versionId, words, language));
  if (frame.unlisted > 0) items.push(`<li>${words.unlisted(frame.unlisted)}</li>`);
  const scrolls = items.length > MOST_IN_SIGHT ? ' class="many" tabindex="0"' : '';
  return `<section><h2>${words.versions}</h2><ul${scrolls}>${items.join('\n')}</ul></section>`;
}

function versionItem(
  frame: PageFrame,
  { id, label, day, isShownOnItsDay, status }: ListedVersion,
  shown: string | undefined,
  words: PageWords,
  language: Language,
): string {
  const when = `<time datetime="${day}">${dateInWords(day, language)}</time>`;
  const linked = isShownOnItsDay ? `<a href="${addressOf(frame, { on: day })}">${when}</a>` : when;
  const place = words.place[status] === '' ? '' : ` <span class="place">${words.place[status]}</span>`;
  const current = id === shown ? ' aria-current="true"' : '';
  return `<li${current}><span class="when">${linked}</span> ${versionName(label, day, words)}${place}</li>`;
}

function exactText(frame: PageFrame, text: PageText, words: PageWords): string {
  const asked = {
    ...(frame.on === undefined ? {} : { on: frame.on }),
    ...(text.locales.length > 1 ? { locale: text.content.locale } : {}),
  };
  const suffix = text.content.format === 'MARKDOWN' ? '.md' : '.txt';
  return `<p><a href="${addressOf(frame, asked, suffix)}" type="text/plain">${words.exactText}</a></p>
<p>${words.fingerprint}<br><code>${text.content.sha256}</code></p>`;
}

function sameWords(a: string, b: string): boolean {
  const plain = (text: string) => text.normalize('NFC').replace(/\s+/g, ' ').trim().toLowerCase();
  return plain(a) === plain(b);
}
