/** A heading of the text, by which a reader finds a place in it. */
export interface ContentsEntry {
  /** Name of the place: the part of an address after `#`. */
  readonly anchor: string;
  /** Safe HTML without tags. */
  readonly heading: string;
  /** 1 for the widest of the text, and so on. */
  readonly level: number;
}

export interface TextWithContents {
  readonly html: string;
  /** Without the title. */
  readonly entries: readonly ContentsEntry[];
  /** The title that the text begins with, as safe HTML without tags. */
  readonly title: string | undefined;
}

const HEADING = /<h([1-6])(?:\s[^>]*)?>([\s\S]*?)<\/h\1>/g;
const MAX_ANCHOR_LENGTH = 60;

interface Found extends ContentsEntry {
  readonly inner: string;
  /** Where it stands in the HTML. */
  readonly start: number;
  readonly end: number;
}

/**
 * Gives every heading of a safe HTML text a place to link to, and lists them. A text that begins with a title of its
 * own keeps it as the page's; else headings go one level down, because the page puts a title above them.
 */
export function withTableOfContents(html: string): TextWithContents {
  const found = headingsIn(html);
  const [first] = found;
  const title = first !== undefined && isTitle(first, found, html) ? first : undefined;
  let anchored = '';
  let from = 0;
  for (const heading of found) {
    const depth = Math.min(heading.level + (title === undefined ? 1 : 0), 6);
    anchored += `${html.slice(from, heading.start)}<h${depth} id="${heading.anchor}">${heading.inner}</h${depth}>`;
    from = heading.end;
  }
  const entries = found.map(({ anchor, heading, level }) => ({ anchor, heading, level }));
  const listed =
    title === undefined ? entries : entries.slice(1).map((entry) => ({ ...entry, level: entry.level - 1 }));
  return { html: anchored + html.slice(from), entries: listed, title: title?.heading };
}

function headingsIn(html: string): readonly Found[] {
  const taken = new Set<string>();
  const found = [...html.matchAll(HEADING)].flatMap((match) => {
    const [whole, depth, inner = ''] = match;
    const heading = inner.replace(/<[^>]*>/g, '').trim();
    if (heading === '') return [];
    const start = match.index;
    return [
      { level: Number(depth), anchor: freeAnchor(heading, taken), heading, inner, start, end: start + whole.length },
    ];
  });
  // Writers leave levels out; what counts is which are wider than which.
  const levels = [...new Set(found.map(({ level }) => level))].sort();
  return found.map((each) => ({ ...each, level: levels.indexOf(each.level) + 1 }));
}

/** It stands before everything else, and no other heading is as wide. */
function isTitle(first: Found, found: readonly Found[], html: string): boolean {
  return (
    first.level === 1 &&
    html.slice(0, first.start).trim() === '' &&
    found.every((each) => each === first || each.level > 1)
  );
}

function freeAnchor(heading: string, taken: Set<string>): string {
  const base = `s-${plainWords(heading)}`.slice(0, MAX_ANCHOR_LENGTH).replace(/-+$/, '');
  let anchor = base;
  for (let copy = 2; taken.has(anchor); copy += 1) anchor = `${base}-${copy}`;
  taken.add(anchor);
  return anchor;
}

/** Letters a-z and digits with hyphens between the words, so that an address can be read aloud. */
function plainWords(heading: string): string {
  return heading
    .replace(/&[a-z#0-9]+;/gi, ' ')
    .toLowerCase()
    .replace(/æ/g, 'ae')
    .replace(/ø/g, 'o')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '');
}
