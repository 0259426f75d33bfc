import { escapeHtml } from './escape-html';
import { PAGE_STYLE } from './page-style';

export interface PageDocument {
  readonly language: string;
  /** Text, not HTML. */
  readonly title: string;
  /** Safe HTML. */
  readonly head?: string;
  /** Safe HTML. */
  readonly body: string;
}

/** A whole HTML page in the public pages' style. */
export function pageDocument({ language, title, head = '', body }: PageDocument): string {
  return `<!doctype html>
<html lang="${escapeHtml(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
${head}<style>${PAGE_STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`;
}
