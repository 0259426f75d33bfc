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
  readonly entries: readonly ContentsEntry[];
}

const HEADING = /<h([1-6])(?:\s[^>]*)?>([\s\S]*?)<\/h\1>/g;
const MAX_ANCHOR_LENGTH = 60;

/**
 * Gives every heading of a safe HTML text a place to link to, and lists them. Headings go one level down, because the
 * page has a title of its own above them.
 */
export function withTableOfContents(html: string): TextWithContents {
  const found: { readonly level: number; readonly anchor: string; readonly heading: string }[] = [];
  const taken = new Set<string>();
  const anchored = html.replace(HEADING, (whole: string, depth: string, inner: string) => {
    const heading = inner.replace(/<[^>]*>/g, '').trim();
    if (heading === '') return whole;
    const level = Number(depth);
    const anchor = freeAnchor(heading, taken);
    found.push({ level, anchor, heading });
    const below = Math.min(level + 1, 6);
    return `<h${below} id="${anchor}">${inner}</h${below}>`;
  });
  const levels = [...new Set(found.map(({ level }) => level))].sort();
  const entries = found.map((entry) => ({ ...entry, level: levels.indexOf(entry.level) + 1 }));
  return { html: anchored, entries };
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
