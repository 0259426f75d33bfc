import MarkdownIt from 'markdown-it';
import { safeLink } from './safe-link';

type Token = MarkdownIt.Token;

const markdown = new MarkdownIt({ html: false, linkify: true, typographer: false, breaks: false });
markdown.linkify.set({ fuzzyLink: false, fuzzyIP: false, fuzzyEmail: true });
// A link that leads elsewhere is read as one, so that its words can stand without it; it is taken out below.
markdown.validateLink = () => true;
markdown.renderer.rules.image = (tokens, index) => markdown.utils.escapeHtml(tokens[index]?.content ?? '');

/** Markdown (CommonMark, tables, strikethrough) as safe HTML; raw HTML in it is shown as text. */
export function renderMarkdown(text: string): string {
  const environment = {};
  const tokens = withoutEmptyHeadings(markdown.parse(text, environment));
  for (const token of tokens) {
    if (token.children !== null) token.children = withSafeLinks(token.children);
    // How a table's cells are aligned is no part of the text, and a style would break the page's content policy.
    if (token.type === 'th_open' || token.type === 'td_open') token.attrs = null;
  }
  return markdown.renderer.render(tokens, markdown.options, environment);
}

/** Converters leave `###` on lines of their own. */
function withoutEmptyHeadings(tokens: readonly Token[]): Token[] {
  const isEmpty = (at: number): boolean => tokens[at]?.type === 'heading_open' && tokens[at + 1]?.content === '';
  return tokens.filter((_, at) => !isEmpty(at) && !isEmpty(at - 1) && !isEmpty(at - 2));
}

function withSafeLinks(tokens: readonly Token[]): Token[] {
  const kept: boolean[] = [];
  return tokens.filter((token) => {
    if (token.type === 'link_close') return kept.pop() ?? false;
    if (token.type !== 'link_open') return true;
    const href = safeLink(String(token.attrGet('href') ?? ''));
    kept.push(href !== undefined);
    if (href === undefined) return false;
    token.attrs = [
      ['href', href],
      ['rel', 'noopener'],
    ];
    return true;
  });
}
