import type { TextFormat } from '../domain/policy/policy.events';
import { renderMarkdown } from './render-markdown';
import { renderPlainText } from './render-plain-text';

/**
 * A policy's text as a fragment of HTML: headings, paragraphs, lists and links, nothing that runs, loads or styles.
 * Whatever the text holds, it comes out as text: markup in it is shown, not obeyed; a link leads to http, https or
 * mailto and carries `rel="noopener"`, any other is its words alone; an image is its description.
 */
export function renderPolicyHtml(text: string, format: TextFormat): string {
  const clean = text.replace(UNPRINTABLE, '').replace(/^\ufeff/u, '');
  return format === 'MARKDOWN' ? renderMarkdown(clean) : renderPlainText(clean);
}

/** Control characters but tab, line feed and carriage return; halves of surrogate pairs. */
const UNPRINTABLE = /(?![\t\n\r])[\p{Cc}\p{Cs}]/gu;
