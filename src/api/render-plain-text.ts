import { headingLines } from '../application/comparison/heading-lines';
import { linesOf, type TextLine } from '../application/comparison/text-lines';
import { escapeHtml } from './pages/escape-html';
import { safeLink } from './safe-link';

/** A line ends where its writer ended it when it is shorter; longer ones were broken by a margin. Characters. */
const MARGIN = 60;

const BULLET = /^[-*+•·–▪◦]\s+(?=\S)/u;
const NUMBER = /^(\d{1,4})\.\s+(?=\S)/u;
const RULE = /^(?:[-=_*]\s?){3,}$/u;

/**
 * Plain text as safe HTML. Headings, lists and paragraphs are marked where the text shows them; every character of the
 * text stays but list bullets and lines of dashes. Numbers of a list are the text's own.
 */
export function renderPlainText(text: string): string {
  const lines = linesOf(text);
  const headings = headingLines(lines);
  const levels = levelsOf(headings.map((heading) => heading?.heading));
  const blocks = new Blocks();
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at];
    const heading = headings[at];
    if (line === undefined) continue;
    if (heading !== undefined) {
      blocks.heading(levels[at] ?? 2, heading.heading);
      at += heading.lines - 1;
    } else blocks.line(line);
  }
  return blocks.html();
}

/** 1 for the title, 2 for sections, deeper by number or, below sections in capitals, by the lack of them. */
function levelsOf(headings: readonly (string | undefined)[]): number[] {
  const isCapital = (heading: string): boolean => heading === heading.toUpperCase();
  const first = headings.findIndex((heading) => heading !== undefined);
  const capitals = headings.filter((heading, at) => at !== first && heading !== undefined && isCapital(heading)).length;
  return headings.map((heading, at) => {
    if (heading === undefined) return 0;
    const number = /^\d+(?:\.\d+)*/u.exec(heading)?.[0];
    if (number !== undefined) return Math.min(6, number.split('.').length + 1);
    if (at === first) return 1;
    return heading.endsWith(':') || (capitals > 1 && !isCapital(heading)) ? 3 : 2;
  });
}

type Block =
  | { readonly kind: 'p'; readonly lines: string[] }
  | { readonly kind: 'ul' | 'ol'; readonly items: { readonly value: string; readonly lines: string[] }[] };

/** Owns the HTML under construction and the block still open. */
class Blocks {
  private readonly done: string[] = [];
  private open: Block | undefined;
  private blankSince = false;

  heading(level: number, text: string): void {
    this.close();
    this.done.push(`<h${level}>${inline(text)}</h${level}>`);
  }

  line({ text }: TextLine): void {
    if (text === '') {
      this.blankSince = true;
      return;
    }
    if (RULE.test(text)) this.close();
    else this.filledLine(text);
    this.blankSince = false;
  }

  html(): string {
    this.close();
    return this.done.map((block) => `${block}\n`).join('');
  }

  private filledLine(text: string): void {
    const number = NUMBER.exec(text);
    if (number !== null) this.item('ol', number[1] ?? '', text.slice(number[0].length));
    else if (BULLET.test(text)) this.item('ul', '', text.replace(BULLET, ''));
    else if (this.open === undefined || this.blankSince) this.paragraph(text);
    else if (this.open.kind === 'p') this.open.lines.push(text);
    else this.open.items.at(-1)?.lines.push(text);
  }

  /** Items of one list may stand apart. */
  private item(kind: 'ul' | 'ol', value: string, text: string): void {
    if (this.open?.kind === kind) this.open.items.push({ value, lines: [text] });
    else {
      this.close();
      this.open = { kind, items: [{ value, lines: [text] }] };
    }
  }

  private paragraph(text: string): void {
    this.close();
    this.open = { kind: 'p', lines: [text] };
  }

  private close(): void {
    if (this.open === undefined) return;
    this.done.push(blockHtml(this.open));
    this.open = undefined;
  }
}

function blockHtml(block: Block): string {
  if (block.kind === 'p') return `<p>${linesHtml(block.lines)}</p>`;
  const items = block.items.map(({ value, lines }) => {
    const number = value === '' ? '' : ` value="${Number(value)}"`;
    return `<li${number}>${linesHtml(lines)}</li>`;
  });
  return `<${block.kind}>\n${items.join('\n')}\n</${block.kind}>`;
}

function linesHtml(lines: readonly string[]): string {
  return lines.reduce((html, line, at) => {
    if (at === 0) return inline(line);
    return `${html}${(lines[at - 1] ?? '').length < MARGIN ? '<br>' : ''}\n${inline(line)}`;
  }, '');
}

const ADDRESS =
  /https?:\/\/[^\s<>"'()[\]{}«»“”]{1,2000}|[\p{L}\p{N}_.+-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,6}/giu;

/** Escaped text with its addresses as links. */
function inline(text: string): string {
  let html = '';
  let from = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = match[0].replace(/[.,;:!?-]+$/u, '');
    const href = safeLink(/^https?:/iu.test(address) ? address : `mailto:${address}`);
    if (href === undefined) continue;
    html += `${escapeHtml(text.slice(from, match.index))}<a href="${escapeHtml(href)}" rel="noopener">${escapeHtml(address)}</a>`;
    from = match.index + address.length;
  }
  return html + escapeHtml(text.slice(from));
}
