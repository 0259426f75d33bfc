import { element } from './element.mjs';

/**
 * A policy's text as it stands. Of Markdown only headings, lists and paragraphs are drawn; a real product would use
 * the Markdown library it has. Nothing of the text is ever read as HTML.
 */
export function policyText({ format, locale, text }) {
  if (format !== 'MARKDOWN') return element('div', { class: 'text plain', lang: locale }, text.trim());
  const blocks = text.trim().split(/\n{2,}/);
  return element('div', { class: 'text', lang: locale }, blocks.map(blockOf));
}

/** A heading of the text is one level below that of the view around it. */
const LEVELS = ['h2', 'h3', 'h4', 'h5', 'h6', 'h6'];

function blockOf(block) {
  const heading = /^(#{1,6}) +(.*)$/.exec(block);
  if (heading) return element(LEVELS[heading[1].length - 1], {}, heading[2]);
  const lines = block.split('\n');
  if (lines.every((line) => /^[-*] /.test(line))) {
    return element(
      'ul',
      {},
      lines.map((line) => element('li', {}, line.slice(2))),
    );
  }
  return element('p', {}, block);
}
