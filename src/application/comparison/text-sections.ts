import { headingLines } from './heading-lines';
import { linesOf } from './text-lines';
import { normaliseText } from './text-tokens';

/** A stretch of a text from one heading to the next. */
export interface TextSection {
  /** As it stands, without Markdown's marks; empty for what stands before the first heading. */
  readonly heading: string;
  /** The heading without its number, as two versions of it are matched; undefined when nothing is left. */
  readonly title: string | undefined;
  /** With the heading and the white space after it: the sections one after the other are the text. */
  readonly text: string;
  /** The text as sameness is judged. */
  readonly normalised: string;
}

/** "3.", "3.1", "§ 3-1", "Article 4:", "IV.", "B)". */
const NUMBERING =
  /^(?:(?:§{1,2}|artikkel|article|kapittel|chapter|section|avsnitt|punkt|del|part)?\s*\p{N}+(?:[.-]\p{N}+)*[.):]*(?=\s|$)|(?:[ivxlc]+|\p{L})[.)](?=\s|$))\s*/u;

/** Cuts a text at its headings. A blank text has no sections. */
export function sectionsOf(text: string): TextSection[] {
  const lines = linesOf(text);
  const headings = headingLines(lines);
  const sections: TextSection[] = [];
  let from = 0;
  let heading = '';
  const cut = (to: number): void => {
    const part = text.slice(from, to);
    if (part.trim() === '') return;
    sections.push(section(heading, part));
    from = to;
  };
  lines.forEach((line, index) => {
    const found = headings[index];
    if (found === undefined) return;
    cut(line.start);
    heading = found.heading;
  });
  cut(text.length);
  return sections;
}

/** A whole text as one section without heading. */
export function wholeAsSection(text: string): TextSection {
  return section('', text);
}

function titleOf(heading: string): string | undefined {
  const title = normaliseText(heading)
    .toLowerCase()
    .replace(NUMBERING, '')
    .replace(/[\s.:?!]+$/u, '');
  return title === '' ? undefined : title;
}

function section(heading: string, text: string): TextSection {
  return { heading, title: titleOf(heading), text, normalised: normaliseText(text) };
}
