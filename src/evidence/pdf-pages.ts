import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type PdfDocument from 'pdfkit';
import type { Language } from '../domain/languages';
import { epochMsOf, type Instant } from '../domain/time';

/** A readable document, written from top to bottom. */
export interface PdfPages {
  title(text: string): void;
  /** Begins a new page when there is little room left below it. */
  heading(text: string): void;
  subheading(text: string): void;
  paragraph(text: string): void;
  /** Small and grey: what stands beside something else, and ends it. */
  note(text: string): void;
  /** Names with values, one on a line; those without a value are left out. */
  pairs(pairs: readonly (readonly [name: string, value: string | undefined])[]): void;
  /** A line with its time in front, and below it, small and grey, what stands beside it. */
  entry(time: string, text: string, beside?: readonly string[]): void;
  /** A long text as it is, line by line. */
  lines(text: string): void;
  newPage(): void;
}

export interface PdfAbout {
  readonly title: string;
  readonly author: string;
  readonly language: Language;
  /** Stands in the document, which so is the same bytes whenever it is made. */
  readonly createdAt: Instant;
}

const FONTS = {
  body: require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'),
  bold: require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'),
} as const;
type Font = keyof typeof FONTS;
const SIZES = { title: 20, heading: 14, subheading: 10.5, body: 9.5, note: 8 } as const;
const MARGIN = 56;
const TIME_WIDTH = 96;
const ROOM_FOR_HEADING = 90;
const GREY = '#595959';
const BLACK = '#000000';
/** Lines of a long text that are set before others get their turn. */
const LINES_A_TURN = 50;

/**
 * Sets a document and hands its bytes on as they come, so that a long one does not pile up in memory. The fonts are
 * embedded, with the letters of most languages that are written from left to right.
 *
 * @param write sets some of it and yields, again and again, so that others get their turn
 */
export async function* pdfDocument(
  about: PdfAbout,
  write: (pages: PdfPages) => AsyncIterable<void>,
): AsyncGenerator<Uint8Array> {
  const document = openDocument(about);
  const ready: Uint8Array[] = [];
  document.on('data', (chunk: Uint8Array) => ready.push(chunk));
  const ended = once(document, 'end');
  for await (const _ of write(pagesOf(document))) {
    await nextTurn();
    yield* ready.splice(0);
  }
  document.end();
  await ended;
  yield* ready;
}

/** A long text, a piece a turn. */
export async function* setLines(pages: PdfPages, text: string): AsyncGenerator<void> {
  const lines = text.split('\n');
  for (let first = 0; first < lines.length; first += LINES_A_TURN) {
    pages.lines(lines.slice(first, first + LINES_A_TURN).join('\n'));
    yield;
  }
}

type Document = InstanceType<typeof PdfDocument>;

/** Loaded with the first document: with all it knows of fonts it would be a quarter of the start of every command. */
function pdfKit(): typeof PdfDocument {
  return require('pdfkit');
}

function openDocument({ title, author, language, createdAt }: PdfAbout): Document {
  const date = new Date(epochMsOf(createdAt));
  const document = new (pdfKit())({
    size: 'A4',
    margin: MARGIN,
    lang: language,
    displayTitle: true,
    pdfVersion: '1.7',
    autoFirstPage: false,
    info: {
      Title: title,
      Author: author,
      Creator: 'Samtykke',
      Producer: 'Samtykke',
      CreationDate: date,
      ModDate: date,
    },
  });
  for (const [font, file] of Object.entries(FONTS)) document.registerFont(font, file);
  let page = 0;
  document.on('pageAdded', () => {
    page += 1;
    numberPage(document, page);
  });
  document.addPage();
  return document;
}

/** Below the margin, where text would otherwise begin another page. */
function numberPage(document: Document, page: number): void {
  const { margins, width, height } = document.page;
  const { bottom } = margins;
  margins.bottom = 0;
  document.font('body').fontSize(SIZES.note).fillColor(GREY);
  document.text(String(page), MARGIN, height - MARGIN / 2 - SIZES.note, { width: width - 2 * MARGIN, align: 'right' });
  margins.bottom = bottom;
  document.fillColor(BLACK);
  document.x = MARGIN;
  document.y = MARGIN;
}

function pagesOf(document: Document): PdfPages {
  const set = (font: Font, size: number, text: string, color = BLACK) => {
    document.font(font).fontSize(size).fillColor(color).text(printable(text), MARGIN, document.y);
  };
  const room = () => document.page.height - MARGIN - document.y;
  return {
    title: (text) => {
      set('bold', SIZES.title, text);
      document.moveDown(0.6);
    },
    heading: (text) => {
      if (room() < ROOM_FOR_HEADING) document.addPage();
      document.moveDown(1);
      set('bold', SIZES.heading, text);
      document.moveDown(0.4);
    },
    subheading: (text) => {
      if (room() < ROOM_FOR_HEADING / 2) document.addPage();
      document.moveDown(0.5);
      set('bold', SIZES.subheading, text);
      document.moveDown(0.2);
    },
    paragraph: (text) => {
      set('body', SIZES.body, text);
      document.moveDown(0.4);
    },
    note: (text) => {
      set('body', SIZES.note, text, GREY);
      document.moveDown(0.4);
    },
    pairs: (pairs) => {
      for (const [name, value] of pairs) {
        if (value === undefined || value === '') continue;
        document.font('bold').fontSize(SIZES.body).fillColor(BLACK);
        document.text(printable(`${name}: `), MARGIN, document.y, { continued: true });
        document.font('body').text(printable(value));
      }
    },
    entry: (time, text, beside = []) => {
      if (room() < (2 + beside.length) * SIZES.body * 1.5) document.addPage();
      const { y } = document;
      const width = document.page.width - 2 * MARGIN - TIME_WIDTH;
      document
        .font('body')
        .fontSize(SIZES.note)
        .fillColor(GREY)
        .text(time, MARGIN, y + 1, { width: TIME_WIDTH });
      document
        .fontSize(SIZES.body)
        .fillColor(BLACK)
        .text(printable(text), MARGIN + TIME_WIDTH, y, { width });
      document.fontSize(SIZES.note).fillColor(GREY);
      for (const each of beside) document.text(printable(each), MARGIN + TIME_WIDTH, document.y, { width });
      document.moveDown(0.4);
      document.x = MARGIN;
    },
    lines: (text) => set('body', SIZES.body, text),
    newPage: () => void document.addPage(),
  };
}

/** What can be set: a tab and a line break have a width here, other control characters and half characters none. */
function printable(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replaceAll('\t', '    ')
    .replace(/[^\P{Control}\n]|\p{Surrogate}|\uFEFF/gu, '');
}
