import { PAGE_STYLE_HASH } from './page-style';

/** Content-Security-Policy of the public pages: their own style and nothing else, no script, no picture, no frame. */
export const PAGE_POLICY = [
  "default-src 'none'",
  `style-src '${PAGE_STYLE_HASH}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');
